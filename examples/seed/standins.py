"""What takes a network or a heavy model in the real pipeline, done small enough for an example: a catalogue of
films, speech recognition, its model, and translation. Put the real thing in their place; the stages stay."""
import array
import math
import wave

# The catalogue that is asked for a film.
FILMS = {"sample": {"title": "Namaste", "year": 2019, "cast": ["A. Rao", "B. Sen"]},
         "other": {"title": "Kahani", "year": 2012, "cast": ["C. Das"]}}

# What the recogniser knows: a sentence for each tone, in hertz.
SENTENCES = {440: "namaste", 660: "kahani", 880: "dhanyavad", 1100: "shubh ratri"}

TRANSLATIONS = {"de": {"namaste": "Guten Tag", "kahani": "eine Geschichte", "dhanyavad": "danke", "shubh": "gute",
                       "ratri": "Nacht"},
                "fr": {"namaste": "bonjour", "kahani": "une histoire", "dhanyavad": "merci", "shubh": "bonne",
                       "ratri": "nuit"}}

FRAME = 0.1  # seconds that are listened to at once


def ask_catalogue(title):
    return FILMS.get(title, {"title": title, "year": None, "cast": []})


def _power(samples, hertz, rate):
    """Of one tone in the samples (Goertzel)."""
    factor = 2 * math.cos(2 * math.pi * hertz / rate)
    last = before = 0.0
    for sample in samples:
        last, before = sample + factor * last - before, last
    return (last * last + before * before - factor * last * before) / len(samples) ** 2


def transcribe_audio(audio, model, device, language, batch_size):
    """Segments of speech: {"start", "end", "text"}, in seconds."""
    with wave.open(str(audio), "rb") as file:
        rate = file.getframerate()
        samples = array.array("h", file.readframes(file.getnframes()))
    size = int(rate * FRAME)
    segments = []
    for number in range(len(samples) // size):
        frame = samples[number * size:(number + 1) * size]
        power, hertz = max((_power(frame, hertz, rate), hertz) for hertz in SENTENCES)
        if power < 1e6:
            continue
        start, text = round(number * FRAME, 3), SENTENCES[hertz]
        if segments and segments[-1]["text"] == text and segments[-1]["end"] == start:
            segments[-1]["end"] = round(start + FRAME, 3)
        else:
            segments.append({"start": start, "end": round(start + FRAME, 3), "text": text})
    return segments


def download_model(path):
    path.write_text("weights of an alignment model\n")


def translate(text, language):
    words = TRANSLATIONS[language]
    return " ".join(words[word] for word in text.split())
