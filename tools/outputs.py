"""What the pages show: `python tools/outputs.py` runs notebooks and saves their outputs, each figure and widget with a picture.

    python tools/outputs.py                     # run the notebooks whose outputs are missing or stale, save
    python tools/outputs.py --all               # run all of them; or name some: python tools/outputs.py nbs/api/56_metrics.ipynb
    python tools/outputs.py --all --bench       # the benchmarks too (hours)
    python tools/outputs.py --keep NOTEBOOK     # vouch for outputs of an earlier run, after a change of form alone
    python tools/outputs.py --check             # nothing is written: fail where an output is missing, stale, bare, or not what a run gives
    python tools/outputs.py --check --static    # the same without a run (seconds)
    python tools/outputs.py --check --ran DIR   # DIR: notebooks as `nbdev-test --save` left them; only those that differ are run again

A cell that draws its own moments, or shows what is installed, is marked `#| vary`: it is not compared with the run.

A cell that was run carries `ran` in its metadata: a digest of the sources of all cells down to it, and one of its outputs. Where a
source changed, the first no longer fits; where an output was changed or taken away, the second. Pictures are drawn by `tools/draw.py`
in a headless Chromium; running and checking need no browser. What depends on real patients is saved and compared only where
`MMPATH_DATA` is set. Hidden cells keep no output. A widget is saved as its picture: without a kernel there is nothing behind it."""
import argparse,ast,base64,contextlib,hashlib,io,json,multiprocessing,os,platform,re,sys,tempfile,time,warnings
from multiprocessing import connection
from pathlib import Path

root = Path(__file__).resolve().parent.parent
limit = 500_000                                     # bytes of a notebook, at most
plotly,view = 'application/vnd.plotly.v1+json','application/vnd.jupyter.widget-view+json'
pictures = ('image/png','image/jpeg','image/svg+xml')
flags = {'slow','cuda','net','bench'}               # cells with one of them run on request

# --- notebooks and cells

def read(path): return json.loads(Path(path).read_text(encoding='utf-8'))
def dumps(nb): return json.dumps(nb, sort_keys=True, indent=1, ensure_ascii=False)+'\n'
def source(cell): return ''.join(cell['source'])
def text_of(o): return o if isinstance(o,str) else ''.join(o)

def write(path, nb):
    "Whole, or not at all"
    path = Path(path)
    part = path.with_name(f'.{path.name}.part')
    part.write_text(dumps(nb), encoding='utf-8')
    os.replace(part, path)

def directives(cell):
    "The words behind `#|` at the head of a cell"
    found = re.findall(r'^#\|\s*([\w-]+)(?:\s*:?[ \t]*([^\n]*))?$', source(cell), re.M)
    return {k:v.strip() for k,v in found}

def is_code(cell): return cell['cell_type']=='code'
def hidden(cell): return bool({'hide','export','exporti','default_exp'} & set(directives(cell)))

def wanted(cell, allowed=()):
    "Is this cell run?"
    d = directives(cell)
    return is_code(cell) and bool(source(cell).strip()) and d.get('eval')!='false' and not (flags-set(allowed)) & set(d)

def ends_in_expression(cell):
    "Does the last line give a value, as far as can be read?"
    code = '\n'.join('pass' if l.lstrip().startswith(('%','!')) else l for l in source(cell).split('\n'))
    try: tree = ast.parse(code)
    except SyntaxError: return False
    return bool(tree.body) and isinstance(tree.body[-1], ast.Expr) and not code.rstrip().endswith(';')

def notebooks():
    found = (p for p in (root/'nbs').rglob('*.ipynb') if not any(o.startswith(('_','.')) for o in p.relative_to(root).parts))
    return sorted(found)

def needs_data(nb): return any('MMPATH_DATA' in source(c) or 'real_data(' in source(c) for c in nb['cells'] if is_code(c))

# --- digests

def digest(*parts):
    h = hashlib.sha256()
    for p in parts: h.update(p.encode()+b'\0')
    return h.hexdigest()[:8]

def source_digests(nb):
    "For each code cell, by id: one digest of all sources down to it"
    done,so_far = {},''
    for c in filter(is_code, nb['cells']):
        if not c['id'].startswith('site-'): so_far = digest(so_far, source(c).strip())   # `tools/site.py` writes these
        done[c['id']] = so_far
    return done

def output_digest(cell):
    "One digest of what a cell shows"
    outs = [{k:v for k,v in o.items() if k not in ('execution_count','metadata')} for o in cell['outputs']]
    for o in outs:
        if 'text' in o: o['text'] = text_of(o['text'])
        if 'data' in o: o['data'] = {k:text_of(v).rstrip() if isinstance(v,(str,list)) else v for k,v in o['data'].items()}
    return digest(json.dumps(outs, sort_keys=True))

# --- what is saved of an output

def cleaned(text):
    "Without paths of this machine, addresses and names drawn by chance"
    for name in ('MMPATH_DATA','MMPATH_CONFORMANCE'):
        if os.environ.get(name): text = text.replace(os.environ[name].rstrip('/'), f'${name}')
    text = text.replace(f'{root}/', '').replace(str(root), '.').replace(tempfile.gettempdir(), '/tmp').replace(str(Path.home()), '~')
    text = re.sub(r'\btmp[a-z0-9_]{8}\b', 'tmp', text)
    return re.sub(r'( at)? 0x[0-9a-f]{6,}', '', text)

def with_style_only(html): return re.search(r'<style[^>]*>[^<]*progress[^<]*</style>|<div>\s*<progress', html) is not None

def kept(out):
    "An output as it is saved, or `None` where nothing of it is kept"
    if out['output_type']=='stream':
        if out['name']=='stderr' or not text_of(out['text']).strip(): return None
        lines = [l for l in cleaned(text_of(out['text'])).splitlines(True) if '\u2588' not in l and '\r' not in l]  # no bars
        return dict(name='stdout', output_type='stream', text=lines) if ''.join(lines).strip() else None
    if out['output_type']=='error': return None
    data = dict(out['data'])
    html = text_of(data.get('text/html',''))
    if with_style_only(html): return None
    if plotly in data or 'Plotly.newPlot' in html: data.pop('text/html', None)
    for k,v in data.items():
        if k.startswith('text/'): data[k] = cleaned(text_of(v)).splitlines(True)
    if not any(text_of(v).strip() if k.startswith('text/') else v for k,v in data.items()): return None
    new = dict(data=data, metadata={}, output_type=out['output_type'])
    return new|dict(execution_count=None) if out['output_type']=='execute_result' else new

def small(png, colours=96, width=1100):
    "A picture with few colours (or a JPEG, where that is smaller)"
    from PIL import Image
    im = Image.open(io.BytesIO(png)).convert('RGB')
    if im.width>width: im = im.resize((width, round(im.height*width/im.width)), Image.LANCZOS)
    few,jpeg = io.BytesIO(),io.BytesIO()
    im.quantize(colours, dither=Image.Dither.NONE).save(few, 'png', optimize=True)
    im.save(jpeg, 'jpeg', quality=80, optimize=True)
    if len(jpeg.getvalue())<.6*len(few.getvalue()): return 'image/jpeg',jpeg.getvalue()
    return 'image/png',few.getvalue()

def put_picture(data, png, **kwargs):
    for k in pictures: data.pop(k, None)
    mime,im = small(png, **kwargs)
    data[mime] = base64.b64encode(im).decode()          # nbdev-clean takes an ending line away

# --- running

def shell(path):
    from execnb.shell import CaptureShell
    warnings.filterwarnings('ignore')
    sh = CaptureShell(path, mpl_format='png')
    sh.run('import warnings, plotly.io; warnings.filterwarnings("ignore"); plotly.io.renderers.default = "plotly_mimetype"')
    sh.run('import random, numpy, torch; random.seed(0); numpy.random.seed(0); torch.manual_seed(0)')   # the same on each run
    sh.run('del random, numpy, torch, plotly, warnings')
    return sh

def widget_state(out):
    "Everything that a shown widget is made of"
    from ipywidgets.embed import dependency_state,embed_data
    from ipywidgets.widgets.widget import _instances
    shown = [_instances[out['data'][view]['model_id']]]
    return embed_data(views=shown, state=dependency_state(shown, drop_defaults=False))

def run(job):
    "Run a notebook in this process; its outputs by cell id, or what went wrong"
    path,allowed,with_widgets = job
    os.environ['IN_TEST'] = '1'
    start = time.time()
    with contextlib.chdir(Path(path).parent): done,error = run_cells(path, allowed, with_widgets)
    return dict(path=path, outputs=done, error=error, seconds=time.time()-start)

def run_cells(path, allowed, with_widgets):
    "Outputs of the cells that are seen, and the error that stopped the run (or `None`)"
    sh,done = shell(path),{}
    for c in read(path)['cells']:
        if not wanted(c, allowed): continue
        outs = json.loads(json.dumps(sh.run(source(c)), default=str))
        if sh.exc: return done,f'cell {c["id"]}: {type(sh.exc).__name__}: {sh.exc}'[:2000]
        if hidden(c): continue
        for o in outs:
            if with_widgets and view in o.get('data', {}): o['state'] = widget_state(o)
        done[c['id']] = outs
    return done,None

def warm_up():
    "Load once what all notebooks load; their processes are forked from this one"
    warnings.filterwarnings('ignore')
    sys.path.insert(0, str(root))
    from mmpath.testing import setup_nbs
    setup_nbs()

def run_into(job, file):
    "Run a notebook; what came out goes into a file"
    try: out = run(job)
    except Exception as e: out = dict(path=job[0], error=f'{type(e).__name__}: {e}')
    Path(file).write_text(json.dumps(out), encoding='utf-8')

def run_all(paths, allowed, n_jobs, with_widgets):
    "Run notebooks side by side, the largest first, each in a process of its own; gives each as it is done"
    warm_up()
    jobs = [(str(p), tuple(allowed), with_widgets) for p in sorted(paths, key=lambda p: p.stat().st_size)]
    fork,running = multiprocessing.get_context('fork'),{}
    with tempfile.TemporaryDirectory() as d:
        while jobs or running:
            while jobs and len(running)<n_jobs:
                job,file = jobs.pop(),Path(d)/f'{len(jobs)}.json'
                p = fork.Process(target=run_into, args=(job,file))
                p.start()
                running[p.sentinel] = p,job[0],file
            for done in connection.wait(running):
                p,path,file = running.pop(done)
                p.join()
                yield json.loads(file.read_text()) if file.exists() else dict(path=path, error=f'ended with status {p.exitcode}')

# --- saving

def draw(outs, painter, scale):
    "Put a picture beside each figure, and in the place of each widget"
    for o in outs:
        data = o.get('data', {})
        if plotly in data: put_picture(data, painter().figure(data[plotly], scale))
        elif view in data:
            put_picture(data, painter().widget(o.pop('state')))
            del data[view]
        elif 'image/png' in data: put_picture(data, base64.b64decode(text_of(data['image/png'])))

def fresh_cells(nb, ran, painter, scale):
    "Give the cells what they showed in a run"
    below = source_digests(nb)
    for c in filter(is_code, nb['cells']):
        if c['id'] in ran:
            outs = [json.loads(json.dumps(o)) for o in ran[c['id']]]
            draw(outs, painter, scale)
            c['outputs'] = [o for o in map(kept, outs) if o]
            if c['outputs'] or ends_in_expression(c): c['metadata']['ran'] = f'{below[c["id"]]}-{output_digest(c)}'
            else: c['metadata'].pop('ran', None)
        elif hidden(c):
            c['outputs'] = []
            c['metadata'].pop('ran', None)

def without_largest(nb):
    "Leave of the largest figure only its picture; tells whether there was one"
    figures = [(len(json.dumps(o['data'][plotly])),o,c) for c in nb['cells'] if is_code(c) for o in c['outputs']
               if plotly in o.get('data', {})]
    if not figures: return False
    _,out,cell = max(figures, key=lambda o: o[0])
    del out['data'][plotly]
    cell['metadata']['ran'] = f'{cell["metadata"]["ran"].split("-")[0]}-{output_digest(cell)}'
    return True

def save(path, ran, painter):
    "Write a notebook with the outputs of a run, small enough for a page; tells what could not be drawn"
    nb = read(path)
    for scale in (1.5,1):
        try: fresh_cells(nb, ran, painter, scale)
        except RuntimeError as e: return str(e)
        if len(dumps(nb).encode())<=limit: break
    while len(dumps(nb).encode())>limit and without_largest(nb): pass
    nb['metadata']['machine'] = machine()
    write(path, nb)

def keep(path, painter):
    "Vouch for outputs of an earlier run, after a change of form alone; draws the pictures that they lack"
    nb = read(path)
    nb['metadata']['machine'] = 'kept'
    have = {c['id']:c['outputs'] for c in nb['cells'] if is_code(c) and not hidden(c) and (c['outputs'] or ends_in_expression(c))}
    fresh_cells(nb, have, painter, 1)
    write(path, nb)

# --- checking

def machine():
    "What the last digits of a result depend on"
    import torch,numpy,pandas,sklearn
    cpu = platform.processor() or platform.machine()
    told = r'^(?:vendor_id|cpu family|model|model name|stepping|microcode|cache size|flags)\s*: .*$'      # kernels are chosen by these
    with contextlib.suppress(OSError): cpu = '\n'.join(sorted(set(re.findall(told, Path('/proc/cpuinfo').read_text(), re.M))))
    versions = [platform.python_version().rsplit('.', 1)[0], *[m.__version__.split('+')[0] for m in (torch,numpy,pandas,sklearn)]]
    return digest(cpu, *versions, torch.backends.cpu.get_cpu_capability())

def runs_too_early(cell):
    "A hidden test with an import in it: pages are staged by running cells that import, without what stands above them"
    if not hidden(cell) or {'export','exports','exporti','default_exp'} & set(directives(cell)): return False
    try: body = ast.parse(source(cell)).body
    except SyntaxError: return False
    imports = [o for o in body if isinstance(o, (ast.Import,ast.ImportFrom))]
    return bool(imports) and len(body)-len(imports)>1

def hidden_faults(cell):
    "What is wrong with a cell that no page shows"
    if cell['outputs']: yield 'is hidden, and keeps an output'
    if runs_too_early(cell): yield 'imports and tests: give the import a hidden cell of its own'

def faults(path):
    "What is wrong with the saved outputs of a notebook, without running it"
    nb,size = read(path),Path(path).stat().st_size
    below = source_digests(nb)
    if size>limit: yield f'holds {size/1000:.0f} kB, more than {limit//1000}'
    if 'machine' not in nb['metadata'] and any(wanted(c) and not hidden(c) for c in nb['cells']): yield 'was never run'
    for c in filter(is_code, nb['cells']):
        yield from (f'cell {c["id"]}: {o}' for o in cell_faults(c, below[c['id']]))

def cell_faults(cell, now):
    "What is wrong with one cell"
    ran = cell['metadata'].get('ran')
    if hidden(cell):
        yield from hidden_faults(cell)
        return
    for o in cell['outputs']: yield from bare(o)
    if directives(cell).get('eval')=='false': return
    if not ran:
        if cell['outputs']: yield 'its output is from nobody knows when: run it'
        elif ends_in_expression(cell): yield 'ends in an expression and has no output'
        return
    if ran.split('-')[0]!=now: yield 'its output is stale: a source down to it changed since'
    elif ran.split('-')[1]!=output_digest(cell): yield 'its output was changed, or taken away, after the run'

def bare(out):
    "What an output lacks"
    data = out.get('data', {})
    has = any(k in data for k in pictures)
    if (plotly in data or view in data) and not has: yield 'a figure or widget has no picture'
    if any(len(text_of(v))>100_000 and 'lotly' in text_of(v) for k,v in data.items() if k.startswith(('text/','application/javascript'))):
        yield "an output holds plotly's own code"

number = re.compile(r'(?<![\w.])[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?')
timing = re.compile(r'\b\d+(\.\d+)? ?(ms|s|sec|secs|seconds|min|minutes|MB|GB|kB|MiB|GiB)\b'
                    r'|\b\d\d:\d\d\b|\d+(\.\d+)?(?= times)|20\d\d-\d\d-\d\d')

def shown(outs):
    "The text of outputs, made comparable: no timings, no dates, no markup, one blank"
    def of(o):
        if o['output_type']=='stream': return text_of(o['text'])
        data = o['data']
        return text_of(next((data[k] for k in ('text/markdown','text/plain','text/html') if k in data and plotly not in data), ''))
    text = ' '.join(of(o) for o in outs)
    return re.sub(r'[-\s]+', ' ', timing.sub('~', re.sub(r'<[^>]+>', ' ', text))).strip()

def near(a, b):
    "Two printed numbers that differ by less than their last digit can tell"
    if a==b: return True                                # a digest may look like 9e6843, which is infinite
    digits = max((len(o.partition('.')[2]) if 'e' not in o else 0) for o in (a,b))
    x,y = float(a),float(b)
    return abs(x-y)<=max(1.01*10**-digits if digits else 0, 2e-3*max(abs(x),abs(y)), 1e-6)

def same(a, b):
    "Are two texts the same but for last digits?"
    if number.sub('#', a)!=number.sub('#', b): return False
    return all(map(near, number.findall(a), number.findall(b)))

def differences(path, ran):
    "Cells whose saved text is not what a run gives"
    for c in filter(is_code, read(path)['cells']):
        if c['id'] not in ran or 'vary' in directives(c): continue
        now = shown([o for o in map(kept, ran[c['id']]) if o])
        saved = shown(c['outputs'])
        if same(saved, now): continue
        where = f'\n      saved: {around(saved, now)}\n      run:   {around(now, saved)}'
        yield f'cell {c["id"]}: saved and run differ{where}'

def around(a, b, n=60):
    "Where a text begins to differ from another"
    i = next((i for i,(x,y) in enumerate(zip(a, b)) if x!=y), min(len(a),len(b)))
    return repr(a[max(0,i-n):i+n])

# --- commands

def tell(path, found):
    for f in found: print(f'  {path.relative_to(root)}: {f}')
    return len(found)

def check(paths, static, ran, n_jobs):
    bad = sum(tell(p, list(faults(p))) for p in paths)
    n = sum('ran' in c['metadata'] for p in paths for c in read(p)['cells'])
    print(f'{len(paths)} notebooks, {n} cells with their outputs: {bad} faults')
    if static: return bad
    paths = [p for p in paths if p.parent.name!='benchmarks' and (os.environ.get('MMPATH_DATA') or not needs_data(read(p)))]
    return bad+compare(unlike(paths, ran) if ran else paths, n_jobs)

def unlike(paths, ran):
    "Notebooks that show something else than a run of the tests has left in the folder `ran`"
    def left(path):
        cells = read(ran/path.relative_to(root/'nbs'))['cells']
        return {c['id']:c['outputs'] for c in cells if wanted(c) and not hidden(c)}
    found = [p for p in paths if any(differences(p, left(p)))]
    print(f'{len(paths)} notebooks compared with what the tests left; once more with a seed: {", ".join(p.stem for p in found) or "none"}')
    return found

def compare(paths, n_jobs):
    "Run notebooks, and compare"
    here,bad,far = machine(),0,0
    for o in run_all(paths, (), n_jobs, False):
        path = Path(o['path'])
        if o['error']: bad += tell(path, [o['error']])
        elif found := list(differences(path, o['outputs'])):
            if read(path)['metadata'].get('machine')==here: bad += tell(path, found)
            else: far += tell(path, found)
    print(f'{len(paths)} notebooks run and compared: {bad} differences')
    if far: print(f'{far} more in notebooks saved on another machine, or with other versions: trained models may differ there')
    return bad

def update(paths, allowed, n_jobs):
    from draw import Painter
    done = failed = 0
    with contextlib.ExitStack() as stack:
        open_painter = []
        def painter():
            if not open_painter: open_painter.append(stack.enter_context(Painter()))
            return open_painter[0]
        for o in run_all(paths, allowed, n_jobs, True):
            path = Path(o['path'])
            error = o['error'] or save(path, o['outputs'], painter)
            if error: failed += tell(path, [error])
            else:
                done += 1
                print(f'  {path.relative_to(root)}: {o["seconds"]:.0f} s, {path.stat().st_size/1000:.0f} kB', flush=True)
    print(f'{done} notebooks saved, {failed} failed')
    return failed

def keep_all(paths):
    from draw import Painter
    with Painter() as p:
        for path in paths: keep(path, lambda: p)
    print(f'{len(paths)} notebooks kept as they are')

def stale(path, bench):
    "Is there something that a run would mend?"
    return any('kB' not in f for f in faults(path)) and (bench or path.parent.name!='benchmarks')

def main():
    args = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    args.add_argument('notebooks', nargs='*', type=Path)
    args.add_argument('--all', action='store_true', help='run all, stale or not')
    args.add_argument('--bench', action='store_true', help='the benchmarks too')
    args.add_argument('--check', action='store_true', help='write nothing; fail where something is wrong')
    args.add_argument('--keep', action='store_true', help='do not run: the outputs still hold, only the form of sources changed')
    args.add_argument('--static', action='store_true', help='with --check: do not run')
    args.add_argument('--ran', type=Path, help='with --check: notebooks that were run already, in folders as in nbs')
    args.add_argument('--n-jobs', type=int, default=os.cpu_count())
    args = args.parse_args()
    named = [p.resolve() for p in args.notebooks]
    paths = named or notebooks()
    if args.check: return bool(check(paths, args.static, args.ran, args.n_jobs))
    if args.keep: return keep_all(named)
    if not named:
        paths = [p for p in paths if args.bench or p.parent.name!='benchmarks']
        if not args.all: paths = [p for p in paths if stale(p, args.bench)]
    if not os.environ.get('MMPATH_DATA') and (need := [p.name for p in paths if needs_data(read(p))]):
        print(f'MMPATH_DATA is not set: {", ".join(need)} would be saved without real patients')
        return 1
    return bool(update(paths, {'slow'}|({'bench'} if args.bench else set()), args.n_jobs))

if __name__=='__main__':
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
