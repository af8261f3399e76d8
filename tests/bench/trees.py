"""A tree of one tool: the inputs and the definition, what was changed in them, and whether the outputs are
what they must be."""
import os

from tools import write_source


class Failed(Exception):
    pass


class Tree:
    """old: a tree of the same tool and graph that is no longer needed and gives away its inputs."""

    def __init__(self, tool, graph, path, old=None):
        self.tool, self.graph, self.path = tool, graph, path
        self.versions = {}
        self.paths = None  # of the outputs, in the order of graph.stages()
        self.known = {}    # place to stamp and content of an output that was read and found right
        if old:
            tool.write_from(old.path, path)
        else:
            tool.write(path, graph)

    def change(self, name, version):
        self.versions[name] = version
        write_source(self.path, name, version)

    def touch(self):
        for name in self.graph.source_names():
            os.utime(os.path.join(self.path, "in", name + ".txt"))

    def verify(self, read_all):
        """How many outputs were written since the last call.

        Every output is looked at every time. Read are all (read_all), or those that were not found right
        before with the same content to come: same inode, size, time stamp, and time of change, which
        nobody can set back."""
        if self.paths is None:
            self.paths = self.tool.outputs(self.path, self.graph)
        written = 0
        for place, product in enumerate(self.graph.products(self.versions)):
            path = self.paths[place]
            try:
                status = os.stat(path)
            except OSError as error:
                raise Failed(f"no output: {error}") from error
            stamp = status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size
            before, content = self.known.get(place, (None, None))
            written += before is None or before[:2] != stamp[:2]
            if read_all or before != stamp or content != product:
                self.read(path, product)
                self.known[place] = stamp, product
        return written

    def read(self, path, product):
        with open(path, "rb") as file:
            if file.read() != product:
                raise Failed(f"wrong content in {os.path.relpath(path, self.path)}")
        for record in self.tool.records(path):
            if not os.path.exists(record):
                raise Failed(f"no record {os.path.relpath(record, self.path)}")
