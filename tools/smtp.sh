#!/usr/bin/env bash
# Puts aiosmtpd, an SMTP server in Python, into a folder of its own and prints the Python that has it.
#
#   export MANDATE_TEST_SMTP=$(tools/smtp.sh)      then the tests of mail run
#
# The server itself is tools/smtp_server.py, which the tests start and stop. Needs python3 with venv, and openssl.
set -euo pipefail
folder=${MANDATE_TEST_SMTP_FOLDER:-$HOME/.cache/mandate/smtp}
if ! "$folder/bin/python" -c 'import aiosmtpd' 2>/dev/null; then
  command -v python3 >/dev/null || { echo "no python3: mail cannot be tested" >&2; exit 1; }
  command -v openssl >/dev/null || { echo "no openssl: mail cannot be tested" >&2; exit 1; }
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check 'aiosmtpd==1.4.6' >&2
fi
echo "$folder/bin/python"
