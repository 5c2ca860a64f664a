"""Names that become files, cells of a spreadsheet, or text on a page."""
import unicodedata
from functools import partial
import numpy as np, pandas as pd
from case import Case,Error
from mmpath.core import md_table,md_text,no_formulas,with_formulas
from mmpath.data.cohort import Cohort
from mmpath.data.splits import Fold,Splits,read_splits,write_splits
from mmpath.evaluate.cross import cross_validate
from mmpath.evaluate.rows import clinical_row
from mmpath.report.page import write_report
from mmpath.tables.ids import file_name,file_names
from mmpath.tables.read import read_table
from mmpath.wsi.batch import tile_slides
from mmpath.wsi.paint import synth_slide

odd = ['../evil', '../../evil', '/tmp/evil', 'a/b', 'a\\b', '..', '.', '...', '.hidden', 'x.', 'x ', ' x', '~',
    '~root', '-rf', '--help', '$HOME', '${x}', '`id`', '$(id)', 'a;b', 'a|b', 'a&b', 'a>b', 'a"b', "a'b",
    'a*b', 'a?b', 'a:b', 'C:\\x', '//server/x', '\\\\server\\x', 'CON', 'con', 'NUL.txt', 'aux', 'COM1', 'lpt9.h5',
    'PRN ', 'a\nb', 'a\rb', 'a\tb', 'a\0b', '\x1b[31m', '\x7f', 'ä', 'a\u0308', '患者', '🧬', '\u202egnp',
    '\u200b', '\ud800', 'x'*149, 'x'*151, 'x'*300, 'ä'*200, '患'*100, '🧬'*60, '%2F', '%2e%2e%2f', '%', '%zz', 'a%00b',
    'x~'+'0'*16, 'index.npz', 'status', 'desktop.ini', '<script>', '{x}', '%s', '\u2044etc', '\uff0fetc', '=1+1']

def _one_file(name, folder):
    "Write a file of this name; its path, and what the folder holds"
    out = folder/'out'
    out.mkdir()
    path = out/f'{file_name(name)}.txt'
    path.write_text(name.encode(errors='replace').decode())
    return out,path,list(out.iterdir())

def _is_one_file(got):
    out,path,found = got
    return found==[path] and path.resolve().parent==out.resolve() and not path.name.startswith('.') and len(path.name.encode())<=160

pairs = [('a/b','a%2Fb'), ('a','A'), ('CON','%43ON'), ('x'*300,'x'*301), ('ä','a\u0308'), ('a b','a  b'),
    ('x.','x%2E'), ('%','%25'), ('a:b','a%3Ab'), ('P1','p1'), ('STRASSE','straße'), ('i','İ')]

def _two_files(a, b):
    "Two names as files, or an error that names both"
    return file_names([a,b])

def _files():
    for i,name in enumerate(odd): yield Case('names', f'file {i}: {name[:20]!r}', partial(_one_file, name), _is_one_file)
    for i,(a,b) in enumerate(pairs):
        both = Error(repr(a)[1:10], 'name of its own')
        yield Case('names', f'two files {i}: {a[:12]!r} and {b[:12]!r}', lambda _,a=a,b=b: _two_files(a, b),
            (both, lambda got: len({v.casefold() for v in got.values()})==2))
    yield Case('names', 'all odd names at once',
        lambda _: file_names([o for o in odd if o.casefold()!='con' and o!='a\u0308']),
        lambda got: len(set(got.values()))==len(got))
    yield Case('names', 'an empty name', lambda _: file_name(''), Error('empty', 'give'))

_painted = {}

def _slide(folder):
    "A small painted slide, made once in a process"
    if not _painted: _painted['svs'] = _paint(folder/'once.svs')
    path = folder/'in'/'s.svs'
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_painted['svs'])
    return path

def _paint(path):
    synth_slide(path, np.zeros((3,3), int), .5, 64, 64, (1,4), warp=0)
    made = path.read_bytes()
    path.unlink()
    return made

def tiled(folder, table, **kw):
    "The status of a batch over a slide table"
    return tile_slides(table, folder/'out', **(dict(tile_px=32, workers=0, progress=False)|kw))

def _named_slide(name, folder):
    "Tile a slide of this name, with its picture"
    slide = _slide(folder)
    status = tiled(folder, pd.DataFrame(dict(slide=[str(slide)], name=[name])))
    return status,[o for o in folder.rglob('*') if o.is_file()],folder/'out'

def _is_named_slide(got):
    status,files,out = got
    mine = [o for o in files if o.suffix in ('.h5','.jpg')]
    return list(status.state)==['done'] and len(mine)==2 and all(o.is_relative_to(out) and not o.name.startswith('.') for o in mine)

def _named_fold(name, folder):
    "Write folds with this name, and read them"
    s = write_splits(Splits([Fold(name, ['a','b'], ['c']), Fold('other', ['b','c'], ['a'])]), folder/'folds.csv')
    return [f.name for f in read_splits(s)]

def _places():
    for i,name in enumerate(odd):
        if name in ('\u200b','\ud800') or not name.strip(): continue
        if i%2==0: yield Case('names', f'slide {i}: {name[:20]!r}', partial(_named_slide, name), _is_named_slide)
    for i,name in enumerate(odd):
        if name=='\ud800' or '\0' in name: continue
        plain = name.strip().strip('\u200b')
        if i%3==0 and plain:
            yield Case('names', f'fold {i}: {name[:20]!r}', partial(_named_fold, name), lambda got,
                n=plain: got[0] in (n, unicodedata.normalize('NFC', n)))
    twins = lambda folder: tiled(folder, pd.DataFrame(dict(slide=[str(_slide(folder))]*2, name=['S1','s1'])))
    yield Case('names', 'two slides of one name but for capitals', twins,
        lambda t: list(t.state)==['failed']*2 and 'column \'name\'' in t.reason[0])

formulas = ['=1+1', '=HYPERLINK("http://x")', '+1+cmd', '-2+3', '@SUM(A1)', "'=1", "''=1", '=', '==', ' =1+1',
    '\t=1+1', '\r=1+1', '-', '--', '-5', '+5', '-5.5e3', '-inf', '=cmd|/C calc', '@', "'", "-'5", '=1\n+2',
    '\ufeff=1+1', '＝1+1', '\u200b=1']

def _cell_starts(cell):
    "Whether a spreadsheet runs a cell"
    text = cell.lstrip(' \t\r\n')
    if text[:1] not in ('=','+','-','@') or len(text.strip('-+=@ '))==0: return False
    try: float(text)
    except ValueError: return True
    return False

def _there_and_back(cell, folder):
    "A cell as it is written, and as it is read again"
    df = pd.DataFrame({'name':[cell,'x'], cell:['y','z']})
    no_formulas(df).to_csv(folder/'t.csv', index=False)
    raw = pd.read_csv(folder/'t.csv', keep_default_na=False, dtype=str)
    back = read_table(folder/'t.csv', text=True)
    return raw.iloc[0,0],raw.columns[1],back.iloc[0,0],with_formulas(no_formulas(df)).iloc[0,0]

def _is_harmless(cell, got):
    written,column,back,whole = got
    return not _cell_starts(written) and not _cell_starts(column) and back.strip('\ufeff')==cell.strip('\ufeff') and whole==cell

tags = ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '[x](javascript:alert(1))',
    '![x](http://x/y.png)', 'a|b', 'a\nb', '&lt;script&gt;', '&#60;script>', '<!-- x', '`<b>`',
    '</td></table><script>', '<svg/onload=alert(1)>',
    '\\<script>', '&#x3c;b>', '<a href="javascript:x">', '[a]\n(b)', '[x][1]', '<javascript:alert(1)>', 'http://x|y']

def _is_text(shown):
    "Whether nothing in a line of Markdown is a tag or a link"
    low = shown.lower()
    return not any(o in low for o in ('<','](','\n')) and not any(o in low.replace('&amp;','') for o in ('&#x3c;','&#60;'))

def _pages():
    for i,cell in enumerate(formulas):
        yield Case('names', f'cell {i}: {cell!r}', partial(_there_and_back, cell), partial(_is_harmless, cell))
    for i,t in enumerate(tags):
        yield Case('names', f'text {i}: {t!r}', lambda _,t=t: md_text(t), _is_text)
        yield Case('names', f'table {i}: {t!r}', lambda _,t=t: md_table(pd.DataFrame({t:[t]})),
            lambda got: got.count('\n')==2 and all(_is_text(l) for l in got.split('\n')))

def _cross(folder, row='clinical', fold='f', cohort='c', note=''):
    "Results of rows, folds and a cohort of these names: what was written, what a notebook and a page show"
    rng = np.random.default_rng(0)
    people = [f'p{i:02d}' for i in range(30)]
    df = pd.DataFrame(dict(case_id=people, age=rng.normal(60,9,30), months=rng.exponential(30,30)+1,
        died=rng.permutation([0,1]*15)))
    c = Cohort.from_files(df, name=cohort, endpoints={'OS':('months','died','months')}, covariates=['age'], note=note)
    fitted = clinical_row()
    fitted.name = row
    folds = Splits([Fold(fold, people[15:], people[:15]), Fold('other', people[:15], people[15:])])
    results = cross_validate(c, 'OS', folds, [fitted], n_boot=20, path=folder/'out'/'parts')
    results.save(folder/'out'/'results.csv')
    write_report(results, folder/'out'/'report.html', cohort=c)
    return results,c,folder

def _stays_inside(got):
    "Two parts, a table and a page, all in their folder; no text of a name is a tag or a formula"
    results,cohort,folder = got
    files = [o for o in folder.rglob('*') if o.is_file()]
    parts = list((folder/'out'/'parts').iterdir())
    page = (folder/'out'/'report.html').read_text(encoding='utf-8', errors='surrogatepass')
    shown = results._repr_markdown_()+cohort._repr_markdown_()
    lines = (folder/'out'/'results.csv').read_text(encoding='utf-8', errors='surrogatepass').splitlines()
    calm = not any(_cell_starts(o.strip('"')) for l in lines for o in l.split(',')[:2])
    return len(files)==4 and len(parts)==2 and '<script>alert' not in page+shown and '<img src=x' not in page+shown and calm

def _results():
    some = ['../evil', '/tmp/evil', 'a/b', '..', 'CON', 'a\nb', 'ä'*200, '=1+1', '@x', '<script>alert(1)</script>',
        '<img src=x onerror=alert(1)>', "'", '"', 'a|b', '{x}', '%s', '$x$', '\\', '患者', '\u202eabc',
        '</script><script>alert(1)</script>']
    for what in ('row','fold','cohort','note'):
        for i,name in enumerate(some):
            yield Case('names', f'{what} {i} in results: {name[:20]!r}', partial(_cross, **{what:name}), _stays_inside)

def cases():
    yield from _files()
    yield from _places()
    yield from _pages()
    yield from _results()
