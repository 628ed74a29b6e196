"""`portico policy fmt`: files, standard input and `--check`."""

from pathlib import Path

from typer.testing import CliRunner, Result

from app.cli import program

UNTIDY, TIDY = "a( _:Staff );\n", "a(_: Staff);\n"


def invoked(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(program, ["policy", "fmt", *arguments], input=text)


def test_files_are_formatted_in_place(tmp_path: Path) -> None:
    file, windows = tmp_path / "a.polar", tmp_path / "windows.polar"
    file.write_text(UNTIDY)
    file.chmod(0o640)
    windows.write_bytes(f"# x\n{UNTIDY}".replace("\n", "\r\n").encode())
    result = invoked("--check", str(file), str(windows))
    assert (result.exit_code, result.stdout.count("is not formatted")) == (1, 2)
    assert file.read_text() == UNTIDY
    result = invoked(str(file), str(windows))
    assert (result.exit_code, result.stdout.count("has been formatted")) == (0, 2)
    assert (file.read_text(), file.stat().st_mode & 0o777) == (TIDY, 0o640)
    assert windows.read_bytes() == f"# x\n{TIDY}".replace("\n", "\r\n").encode()
    assert (invoked(str(file)).stdout, invoked("--check", str(file)).exit_code) == ("", 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.polar", "windows.polar"]


def test_standard_input_is_formatted_to_standard_output() -> None:
    result = invoked("-", text=UNTIDY)
    assert (result.exit_code, result.stdout) == (0, TIDY)
    assert invoked("--check", "-", text=UNTIDY).exit_code == 1


def test_a_file_that_cannot_be_parsed_stays(tmp_path: Path) -> None:
    file = tmp_path / "broken.polar"
    file.write_text("a( _:Staff )")
    result = invoked(str(file))
    assert (result.exit_code, file.read_text()) == (1, "a( _:Staff )")
    assert "broken.polar:1:12" in result.stderr
    file.write_bytes(b"\xff")
    assert "The file is not UTF-8." in invoked(str(file)).stderr
