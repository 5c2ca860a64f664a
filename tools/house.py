"""Check that data walks one way: a module imports only from notebooks with a lower number."""
import json,re,sys
from pathlib import Path

api = Path(__file__).resolve().parent.parent/'nbs'/'api'

def sources(path):
    "Exported source of a notebook and the module it makes"
    code = [''.join(c['source']) for c in json.loads(path.read_text(encoding='utf-8'))['cells'] if c['cell_type']=='code']
    name = next((m[1] for s in code for m in [re.match(r'#\|\s*default_exp\s+(\S+)', s)] if m), None)
    return name, '\n'.join(s for s in code if re.match(r'#\|\s*exports?\b', s))

notebooks = {}
for path in sorted(api.glob('*.ipynb')):
    name,code = sources(path)
    if name: notebooks[name] = (path.name.split('_')[0], path.name, code)

bad = []
for name,(number,file,code) in notebooks.items():
    for other in re.findall(r'^\s*(?:from|import)\s+mmpath\.([\w.]+)', code, re.M):
        if other not in notebooks: bad.append(f'{file}: no notebook makes mmpath.{other}')
        elif notebooks[other][0]>=number: bad.append(f'{file}: imports mmpath.{other}, which stands above it')
if bad: sys.exit('\n'.join(bad))
print(f'{len(notebooks)} modules import downwards only')
