#!/usr/bin/env bash
# Make the virtual environment $1 with a Python of at least 3.11.
set -euo pipefail
venv=$1
for python in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
  [ -n "$python" ] && command -v "$python" >/dev/null || continue
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
  python=
done
if [ -z "${python:-}" ]; then
  echo "需要 Python 3.11 或更高版本；请安装后重试，或用 make PYTHON=路径 指定。" >&2
  exit 1
fi
# Debian keeps ensurepip in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
  else
    echo "缺少 Python 的 venv 模块；请让管理员执行：apt-get install python3-venv" >&2
    exit 1
  fi
fi
"$python" -m venv --clear "$venv"
