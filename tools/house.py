"""The house: `python tools/house.py` checks that nothing imports upwards and that no module is too long, and prints the table of floors.

    python tools/house.py            # check, print the table
    python tools/house.py --write    # also write the table into nbs/index.ipynb
    python tools/house.py --counts   # also count lines and cells of exported code

A room is a folder of modules, or a module that stands alone. Notebooks are numbered by floor, and a module imports only from
notebooks with a lower number; so no arrow between rooms points upwards, and no circle can be. Lines of code are what is not blank
and not part of a signature, a docstring or a comment."""
import ast,json,re,statistics,sys
from graphlib import CycleError,TopologicalSorter
from pathlib import Path

root = Path(__file__).resolve().parent.parent
api = root/'nbs'/'api'
longest = 350                                   # lines of code in a module, at most
floors = [                                      # first number, last number, what a visitor asks there
    ('00','04', 'what is a case, a bag, a batch, a whole file? what does every model pass?'),
    ('05','09', 'which patient is this, what does this table say, what does this cell mean?'),
    ('10','19', 'where is tissue, which tiles at which resolution, what does an encoder see, where do features lie?'),
    ('20','29', 'what was measured, on which scale?'),
    ('30','39', 'who has what, who is held out, in what batch; where do real patients come from?'),
    ('40','49', 'which building blocks are there, whoever invented them?'),
    ('50','59', 'one mechanism each: formula, code, proof by example; how good is a prediction?'),
    ('60','68', 'how is a framework composed?'),
    ('69','74', 'how is it trained?'),
    ('75','79', 'how good is it, how sure are we?'),
    ('80','84', 'what does it look like, why does the model say so?'),
    ('85','89', 'look, click, compare'),
    ('90','99', 'commands, one page, checks of data and of models')]

def source(cell): return ''.join(cell['source'])

class Module:
    "A notebook of `nbs/api` and the module it makes"
    def __init__(self, path):
        cells = json.loads(path.read_text(encoding='utf-8'))['cells']
        code = [source(c) for c in cells if c['cell_type']=='code']
        self.file = path.name
        self.number = path.name.split('_')[0]
        self.name = next(m[1] for s in code for m in [re.match(r'#\|\s*default_exp\s+(\S+)', s)] if m)
        self.room = self.name.split('.')[0]
        self.cells = [s for s in code if re.match(r'#\|\s*exports?\b', s)]
        self.code = '\n'.join(self.cells)
        self.imports = re.findall(r'^\s*(?:from|import)\s+mmpath\.([\w.]+)', self.code, re.M)
        for names in re.findall(r'^\s*from\s+mmpath\s+import\s+(.+)', self.code, re.M):
            self.imports += re.findall(r'(\w+)(?: as \w+)?', names)

def code_lines(text):
    "Numbers of the lines that hold code: no blanks, comments, docstrings, signatures"
    keep = {i for i,l in enumerate(text.splitlines(), 1) if l.strip() and not l.strip().startswith('#')}
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.FunctionDef,ast.ClassDef,ast.Module)) or not node.body: continue
        first = node.body[0]
        if ast.get_docstring(node, clean=False) is not None: keep -= set(range(first.lineno, first.end_lineno+1))
        if isinstance(node, ast.FunctionDef): keep -= set(range(node.lineno, first.lineno))
    return keep

def upwards(modules):
    "Imports that point upwards, between notebooks or between rooms"
    at = {m.name:m for m in modules}
    for m in modules:
        for other in m.imports:
            if other in {o.room for o in modules}-set(at): continue                     # a room as such
            if other not in at: yield f'{m.file}: no notebook makes mmpath.{other}'
            elif at[other].number>=m.number: yield f'{m.file}: imports mmpath.{other}, which stands above it'

def circles(modules):
    "Rooms that import each other"
    below = {m.room:set() for m in modules}
    for m in modules: below[m.room] |= {o.split('.')[0] for o in m.imports}-{m.room}
    try: TopologicalSorter(below).prepare()
    except CycleError as e: yield 'a circle of imports between rooms: ' + ', '.join(e.args[1])

def too_long(modules):
    for m in modules:
        n = len(code_lines(m.code))
        if n>longest: yield f'{m.file}: {n} lines of code, at most {longest} are wanted: which second idea deserves a module?'

def table(modules):
    "The house as Markdown, for nbs/index.ipynb"
    rows = ['| notebooks | rooms | what is asked there |', '|---|---|---|']
    for first,last,question in floors:
        rooms = {}
        for m in modules:
            if first<=m.number[:2]<=last: rooms.setdefault(m.room, []).append(m)
        if not rooms: continue
        said = []
        for room,ms in rooms.items():
            link = lambda m, text: f'[{text}](api/{m.file})'
            if [m.name for m in ms]==[room]: said.append(link(ms[0], f'`{room}`'))
            else: said.append(f'**{room}**: ' + ', '.join(link(m, m.name.partition('.')[2]) for m in ms))
        rows.append(f'| {first}-{last} | {"; ".join(said)} | {question} |')
    return '\n'.join(rows)

def cell_size(text):
    "Lines (no blanks, no directives), characters and statements of an exported cell; `None` of one with imports alone"
    tree = ast.parse(text)
    if all(isinstance(o, (ast.Import,ast.ImportFrom,ast.If,ast.Try)) for o in tree.body): return None
    lines = [l for l in text.splitlines() if l.strip() and not l.startswith('#|')]
    return len(lines),len('\n'.join(lines)),sum(isinstance(o, ast.stmt) for o in ast.walk(tree))

def lines_of(path):
    "Lines of a module, or of the code cells of a notebook; nbdev's own lists apart"
    text = path.read_text(encoding='utf-8')
    if path.suffix=='.ipynb': text = '\n'.join(source(c) for c in json.loads(text)['cells'] if c['cell_type']=='code')
    return [l for l in text.splitlines() if l.strip() and not re.match(r"(__all__ =|\s+'\w+',)", l)]

def counts(modules):
    "Size of exported cells, and of lines"
    sizes = [o for m in modules for o in map(cell_size, m.cells) if o]
    print(f'{len(sizes)} exported cells, median / 90 % / most:')
    for what,values in zip(('lines','characters','statements'), zip(*sizes)):
        values = sorted(values)
        print(f'  {what} {statistics.median(values):g} / {values[int(.9*len(values))]} / {values[-1]}')
    for where,pattern in (('mmpath','**/*.py'), ('nbs','**/*.ipynb')):
        lines = [l for f in (root/where).glob(pattern) if f.name!='_modidx.py' for l in lines_of(f)]
        over = {k:sum(len(l)>k for l in lines) for k in (120,140)}
        print(f'{where}: {len(lines)} lines, {over[120]} over 120 ({over[120]/len(lines):.1%}), {over[140]} over 140')

def in_index(text):
    "Does `nbs/index.ipynb` show this table"
    cells = json.loads((root/'nbs'/'index.ipynb').read_text(encoding='utf-8'))['cells']
    return any(text in source(c) for c in cells)

def write_table(text):
    "Put the table in the place of the one in the index"
    path = root/'nbs'/'index.ipynb'
    nb = json.loads(path.read_text(encoding='utf-8'))
    for c in nb['cells']:
        if c['cell_type']!='markdown': continue
        new = re.sub(r'\| notebooks \| rooms \|.*?(?=\n\n|\Z)', lambda m: text, source(c), flags=re.S)
        c['source'] = new.splitlines(True)
    path.write_text(json.dumps(nb, sort_keys=True, indent=1, ensure_ascii=False)+'\n', encoding='utf-8')

if __name__=='__main__':
    modules = [Module(p) for p in sorted(api.glob('*.ipynb'))]
    bad = [*upwards(modules), *circles(modules), *too_long(modules)]
    if bad: sys.exit('\n'.join(bad))
    print(table(modules))
    if '--write' in sys.argv: write_table(table(modules))
    if not in_index(table(modules)): sys.exit('the table in nbs/index.ipynb is another one: python tools/house.py --write')
    if '--counts' in sys.argv: counts(modules)
    rooms = {m.room for m in modules}
    print(f'{len(modules)} modules in {len(rooms)} rooms import downwards only')
