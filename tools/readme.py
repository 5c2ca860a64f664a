"""Write README.md from nbs/index.ipynb, and the version into CITATION.cff: `python tools/readme.py` (`--check` only compares).

Pictures that the notebook keeps are written to nbs/images, since a README can hold none itself. The code of folded cells is left
out, and of hidden cells everything. The version stands in mmpath/__init__.py, and CITATION.cff takes it from there."""
import base64,json,re,sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
images = root/'nbs'/'images'
most = 100_000                                  # bytes of a picture: pages are read on telephones too

def fenced(text, lang=''): return f'```{lang}\n{text.strip()}\n```'

def directives(lines):
    "`#| name: value` lines, as name -> value"
    pairs = (re.match(r'#\|\s*([\w-]+)\s*:?\s*(.*)', l) for l in lines)
    return {m[1]:m[2].strip() for m in pairs if m}

def from_root(src):
    "Links of the notebook start at the root of the repository in README.md"
    return re.sub(r'\]\((?=[\w./]+\.(?:ipynb|png))', '](nbs/', src)

def picture(cell, data, said, found):
    "A link to the picture of an output; its bytes go to `found`"
    path = images/f"index-{cell['id']}.png"
    found[path] = base64.b64decode(''.join(data))
    if len(found[path])>most: sys.exit(f'{path.name} has {len(found[path])} bytes, at most {most} are wanted: fewer pixels or colours')
    return f"![{said.get('fig-alt', 'picture')}]({path.relative_to(root).as_posix()})"

def output_md(cell, out, said, found):
    "One output as Markdown: a picture, a table, or text"
    data = out.get('data', {})
    if 'image/png' in data: return picture(cell, data['image/png'], said, found)
    if 'text/markdown' in data: return ''.join(data['text/markdown']).strip()
    if 'text/plain' in data or 'text' in out: return fenced(''.join(data.get('text/plain', out.get('text', ''))))
    return ''

def cell_md(cell, found):
    "One notebook cell as Markdown"
    src = ''.join(cell['source']).strip()
    if cell['cell_type']=='markdown': return [from_root(src)]
    lines = src.split('\n')
    said = directives(lines)
    if 'hide' in said: return []
    out = [] if 'code-fold' in said else [fenced('\n'.join(l for l in lines if not l.startswith('#|')), 'python')]
    return out+[output_md(cell, o, said, found) for o in cell.get('outputs', [])]

def readme():
    "The text of README.md, and its pictures by path"
    nb,found = json.loads((root/'nbs/index.ipynb').read_text(encoding='utf-8')),{}
    parts = ['<!-- Made from nbs/index.ipynb by tools/readme.py: edit the notebook. -->']
    for cell in nb['cells']: parts += cell_md(cell, found)
    return '\n\n'.join(p for p in parts if p)+'\n',found

def citation():
    "CITATION.cff with the version of mmpath/__init__.py"
    version = re.search(r'__version__ = "(.+?)"', (root/'mmpath'/'__init__.py').read_text(encoding='utf-8'))[1]
    return re.sub(r'(?m)^version: .*$', f'version: {version}', (root/'CITATION.cff').read_text(encoding='utf-8'))

def derived():
    "Every file that is made from another one: path -> bytes"
    text,found = readme()
    return {root/'README.md': text.encode(), root/'CITATION.cff': citation().encode(), **found}

def stale(want):
    "What on disk differs from what it should be"
    for path,data in want.items():
        if not path.exists() or path.read_bytes()!=data: yield path.relative_to(root)
    for path in images.glob('index-*.png'):
        if path not in want: yield path.relative_to(root)

if __name__=='__main__':
    want = derived()
    old = list(stale(want))
    if '--check' in sys.argv and old: sys.exit(f"out of date: {', '.join(map(str,old))}; run python tools/readme.py")
    if '--check' not in sys.argv:
        images.mkdir(exist_ok=True)
        for path in set(images.glob('index-*.png'))-set(want): path.unlink()
        for path,data in want.items(): path.write_bytes(data)
