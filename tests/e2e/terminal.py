"""Commands as a person runs them: on a terminal, with an editor."""

import os
import pathlib
import pty
import subprocess
import threading

import world as worlds


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, home, *line, **extra):
        self._person, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [worlds.Binaries.dateline, *map(str, line), "--home", home.path],
            stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            env={"PATH": os.environ["PATH"], "TERM": "xterm",
                 **{key: str(value) for key, value in extra.items()}})
        os.close(terminal)
        self._shown = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        while True:
            try:
                more = os.read(self._person, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            self._shown += more

    def finish(self):
        """Its exit code, and all that it showed."""
        code = self.process.wait(worlds.COMMAND_SECONDS)
        self._reader.join(worlds.COMMAND_SECONDS)
        os.close(self._person)
        return code, self._shown.decode().replace("\r\n", "\n")


class SlowEditor:
    """An $EDITOR that writes its words and then waits until it may end."""

    def __init__(self, folder, words):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        words_path, self._wrote, self._end = (
            self.folder / name for name in ("words", "wrote", "end"))
        words_path.write_text(words)
        script = self.folder / "editor"
        script.write_text(
            f'#!/bin/sh\ncp "{words_path}" "$1"\ntouch "{self._wrote}"\n'
            f'for i in $(seq 2400); do\n  [ -e "{self._end}" ] && exit 0\n'
            "  sleep 0.05\ndone\n")
        script.chmod(0o755)
        self.command = str(script)

    def wait_written(self):
        worlds.wait_until(self._wrote.exists, "the editor")

    def end(self):
        self._end.touch()
