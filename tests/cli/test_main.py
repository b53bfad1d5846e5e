"""What the command line says when it cannot do its work."""

import pytest

from datahall.cli import main
from datahall.kit.postgres import PostgresUnavailable


def test_a_second_hall_on_the_same_folder_is_one_sentence(monkeypatch, capsys):
    def start():
        raise PostgresUnavailable("数据目录 x 已由进程 1 打开：同一目录只能启动一个大厅。")

    monkeypatch.setattr(main, "command_line", lambda _first: start)
    monkeypatch.setattr(main.logs, "configure", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "数据目录 x 已由进程 1 打开：同一目录只能启动一个大厅。\n"
