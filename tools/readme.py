"""Write README.md from nbs/index.ipynb: `python tools/readme.py` (`--check` only compares)."""
import json,re,sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent

def fenced(text, lang=''): return f'```{lang}\n{text.strip()}\n```'

def cell_md(cell):
    "One notebook cell as Markdown; hidden code cells are left out, text outputs are kept"
    src = ''.join(cell['source']).strip()
    if cell['cell_type']=='markdown': return [re.sub(r'\]\((?=[\w./]+\.ipynb)', '](nbs/', src)]     # links start at the root here
    lines = src.split('\n')
    if any(l.startswith('#|') and l[2:].split()[:1]==['hide'] for l in lines): return []
    out = [fenced('\n'.join(l for l in lines if not l.startswith('#|')), 'python')]
    for o in cell.get('outputs', []):
        data = o.get('data', {})
        if 'text/markdown' in data: out.append(''.join(data['text/markdown']).strip())
        elif 'text/plain' in data or 'text' in o: out.append(fenced(''.join(data.get('text/plain', o.get('text', '')))))
    return out

def readme():
    nb = json.loads((root/'nbs/index.ipynb').read_text(encoding='utf-8'))
    parts = ['<!-- Made from nbs/index.ipynb by tools/readme.py: edit the notebook. -->']
    for cell in nb['cells']: parts += cell_md(cell)
    return '\n\n'.join(p for p in parts if p) + '\n'

if __name__=='__main__':
    path,new = root/'README.md',readme()
    if '--check' in sys.argv:
        if not path.exists() or path.read_text(encoding='utf-8')!=new:
            sys.exit('README.md differs from nbs/index.ipynb: run python tools/readme.py')
    else: path.write_text(new, encoding='utf-8')
