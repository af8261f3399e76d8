"""What a page of restage holds. As a program: report_data.py PAGE writes its data as JSON, after checking
that the page asks nobody for anything and has one element with data, which nothing in it can end."""
import base64
import json
import re
import sys
import zlib


def data_of(page):
    """The data of a page given as bytes."""
    text = page.decode("utf-8")
    found = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert len(found) == 1, f"{len(found)} elements with data"
    for mark in "<>&\u2028\u2029":
        assert mark not in found[0], f"{mark!r} stands in the data as it is"
    rest = text.replace(found[0], "")
    for attribute in re.findall(r"""\s(?:src|href|action|poster|data)\s*=\s*["']?([^"'\s>]*)""", rest.split("<script>")[0]):
        assert attribute.startswith("data:"), f"the page wants {attribute}"
    assert "Content-Security-Policy" in rest, "no policy"
    data = json.loads(found[0])
    return json.loads(zlib.decompress(base64.b64decode(data["deflate"]))) if "deflate" in data else data


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        json.dump(data_of(file.read()), sys.stdout)
