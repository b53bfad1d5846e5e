#!/usr/bin/env bash
# What the tests need besides Python: a browser, Chinese fonts and a MariaDB server.
# Root with apt gets them; anybody else is told which are missing, and those tests are left out.
set -euo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "安装测试所需的系统软件包：${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # A server that the package would start by itself is not wanted: the tests start their own.
  [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "缺少系统软件包：${missing[*]}。需要它们的测试将不运行，数目见测试结尾。" >&2
  echo "管理员可执行：apt-get install ${missing[*]}" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 0
fi
