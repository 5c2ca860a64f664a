"""Feeds the requirement lists of `settings.ini` to setuptools; everything else stands in `pyproject.toml`."""
import tomllib
from configparser import ConfigParser
from pathlib import Path
from setuptools import setup

here = Path(__file__).resolve().parent
ini = ConfigParser()
ini.read(here/'settings.ini', encoding='utf-8')
ini = ini['DEFAULT']
project = tomllib.loads((here/'pyproject.toml').read_text(encoding='utf-8'))['project']

for name, theirs in (('lib_name', project['name']), ('min_python', project['requires-python'].removeprefix('>='))):
    if ini[name] != theirs:
        raise SystemExit(f'settings.ini says {name} = {ini[name]}, pyproject.toml says {theirs}: make them agree.')

lines = lambda key: ini[key].split('\n')[1:]
suffix = '_requirements'
setup(install_requires=lines('requirements'),
      extras_require={key.removesuffix(suffix): lines(key) for key in ini if key.endswith(suffix)})
