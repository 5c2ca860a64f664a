"""Feeds the requirement lists of `settings.ini` to setuptools, and the course's notebooks into the package; everything else stands in
`pyproject.toml`."""
import shutil,tomllib
from configparser import ConfigParser
from pathlib import Path
from setuptools import setup
from setuptools.command.build_py import build_py

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

class WithCourse(build_py):
    "`mmpath-course` finds its sessions in an installed package too: nbs/course becomes mmpath/course/sessions"
    def run(self):
        super().run()
        if self.editable_mode: return                       # a checkout has them in nbs/course
        out = Path(self.build_lib)/'mmpath'/'course'/'sessions'
        out.mkdir(parents=True, exist_ok=True)
        for path in sorted((here/'nbs'/'course').glob('*.ipynb')): shutil.copyfile(path, out/path.name)

setup(cmdclass=dict(build_py=WithCourse),
      install_requires=lines('requirements'),
      extras_require={key.removesuffix(suffix): lines(key) for key in ini if key.endswith(suffix)})
