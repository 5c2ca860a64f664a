"""The course, held to what it promises: `python tools/course_test.py`.

    python tools/course_test.py             # all sessions
    python tools/course_test.py 05 06       # some of them
    python tools/course_test.py --static    # do not run the notebooks
    python tools/course_test.py --prove     # make faults on purpose: each must be found

Of every session: its marks are in order. The students' copy runs whole without a failing cell, and every check in it says `not yet`.
With the solutions written into it every check says `right`, and tells each typical wrong answer, with a sentence of its own
(`Check.proves`; three wrong answers at least for code). No line of a solution is left in the file, its metadata, its attachments.
The form is that of the course: 90 minutes, 3 to 5 exercises, 6 to 10 questions, no long cell, no slide that announces and does not
show, no word of the trade without a link where it is read first. (The teachers' notebooks themselves are run by nbdev-test.)"""
import argparse,ast,inspect,json,os,re,sys,tempfile,time
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
from mmpath.course.copies import *  # noqa: E402
from mmpath.course.mark import mark_notebook  # noqa: E402
from mmpath.course.slides import slide_cell,whole_slides  # noqa: E402

limit = 240                                     # seconds that a session may run
longest,widest = 15,100                         # lines of a cell, characters of a line of code
everyday = set("""case site event level stage grade loss mask risk seed row fold tile slide bag token counts survival penalty audit features
    expression cohort epoch magnification collapse style register heatmap released purity horizon attention Learner""".split()) | {
    'interval (lo, hi)','mean, std','teacher, student'}          # terms that are also words of every day: linked by hand

def n_wrong(e):
    "How many typical wrong answers are given to the check of an exercise"
    calls = [n for c in e.wrong for n in ast.walk(ast.parse(cell_source(c))) if isinstance(n, ast.Call)]
    return max((len(n.args)-1 for n in calls if getattr(n.func, 'attr', '')=='proves'), default=-1)

def is_choice(e): return any('Choice(' in cell_source(c) for c in e.check)

def form_faults(nb):
    "What can be seen without running"
    found = exercises(nb)
    if not 3<=len(found)<=5: yield f'{len(found)} exercises: 3 to 5 are wanted'
    if sum(not is_choice(e) for e in found)<2: yield 'fewer than two exercises are code'
    if not any(map(is_choice, found)): yield 'no exercise is a judgement'
    for e in found:
        n = n_wrong(e)
        if n<0: yield f'exercise {e.number}: no cell calls `proves`'
        elif n<3 and not is_choice(e): yield f'exercise {e.number}: {n} typical wrong answers, three are wanted'
    for c in nb['cells']: yield from (f'cell {c["id"]}: {o}' for o in cell_faults(c))

def cell_faults(cell):
    if cell['cell_type']!='code' or cell['id'].startswith('site-'): return
    lines = [l for l in cell_source(cell).splitlines() if not l.startswith('#|')]
    if len(lines)>longest: yield f'{len(lines)} lines, at most {longest} are wanted'
    if any(len(l)>widest for l in lines): yield f'a line of more than {widest} characters'

def parts(nb):
    "What every session has"
    text = '\n'.join(cell_source(c) for c in nb['cells'] if c['cell_type']=='markdown')
    for head in ('**Afterwards you can**','**Before:**','| minutes |','## Questions','## Take-aways','## To go further'):
        if head not in text: yield f'has no {head!r}'
    plan = text.partition('| minutes |')[2].split('\n\n')[0]
    minutes = sum(map(int, re.findall(r'^\| (\d+) \|', plan, re.M)))
    if minutes!=90: yield f'its sections take {minutes} minutes, and a session has 90'
    asked = re.search(r'^## Questions\n(.*)', text, re.M|re.S)
    n = len(re.findall(r'^\d+\. ', asked[1].split('<details>')[0], re.M)) if asked else 0
    if not 6<=n<=10: yield f'{n} questions: 6 to 10 are wanted'

def terms():
    "Heading on the page of terms: how it is looked for, and the link that it wants"
    text = '\n'.join(cell_source(c) for c in json.loads((root/'nbs'/'explanations'/'terms.ipynb').read_text(encoding='utf-8'))['cells'])
    for head in re.findall(r'^###+ (.+)$', text, re.M):
        name,short = re.fullmatch(r'([^(]+?)(?: \((\w+)\))?', head).groups() if '(lo' not in head else (head,None)
        if name in everyday or short in everyday: continue
        words = '|'.join(map(re.escape, filter(None, (name,short))))
        link = re.sub(r'-+', '-', re.sub(r'[^\w-]', '', head.lower().replace(' ', '-')))
        yield head,re.compile(rf'(?<![\w-])({words})(s|es)?(?![\w-])', 0 if name.isupper() else re.I),f'terms.ipynb#{link})'

def running_text(nb):
    "(id, text) of cells that are read from the top: no objectives, hints, answers, questions, headings, tables, code, other links"
    for c in nb['cells']:
        text = cell_source(c)
        if text.startswith(('## Take-aways','## To go further')): return
        skip = c['cell_type']!='markdown' or cell_tags(c) or text.startswith('## Questions') or '**Afterwards you can**' in text
        if skip or c['id'].startswith('site-'): continue
        text = re.sub(r'```.*?```|\$\$.*?\$\$|\$[^$]*\$|`[^`]*`', ' ', re.sub(r'^[#>|].*$', '', text, flags=re.M), flags=re.S)
        yield c['id'],re.sub(r'\[[^\]]*\]\((?![^)]*terms)[^)]*\)', ' ', text)

def term_faults(nb):
    "Words of the trade that are not linked where they are read first"
    cells = list(running_text(nb))
    for head,pattern,link in terms():
        first = next(((id,text) for id,text in cells if link in text or pattern.search(text)), None)
        if first and link not in first[1]: yield f'cell {first[0]}: {head!r} is read here first, without a link to the page of terms'

def slide_faults(nb):
    "A slide whose text announces something, and that ends there"
    cells = whole_slides([o for o in map(slide_cell, nb['cells']) if o])
    kinds = [c['metadata']['slideshow']['slide_type'] for c in cells]
    for c,after in zip(cells, [*kinds[1:], 'slide']):
        told = c['cell_type']=='markdown' and cell_source(c).rstrip().endswith(':')
        if told and after in ('slide','subslide'): yield f'cell {c["id"]}: its slide ends in a colon, and shows nothing'

def solved(nb):
    "The students' copy with the solutions written into it, as a good student would, and the typical wrong answers below"
    stubs = {e.stub['id']:e for e in exercises(nb)}
    def text(e): return '\n'.join(cell_source(c) for c in e.solution if c['cell_type']=='code')
    def fill(c):
        if c['id'] in stubs: return bare_cell(c)|dict(source=text(stubs[c['id']]).splitlines(True))
        return bare_cell(c) if 'wrong' in cell_tags(c) else student_cell(c)
    return student_copy(nb)|dict(cells=[o for o in map(fill, nb['cells']) if o])

def run_faults(nb):
    "What is wrong where the notebooks run"
    numbers = [e.number for e in exercises(nb)]
    for who,copy,state in (('solved', solved(nb), 'right'), ('unsolved', student_copy(nb), 'not yet')):
        start = time.time()
        got = mark_notebook(copy, nb, limit)
        print(f'    {who}: {time.time()-start:.0f} s', flush=True)
        if not got['finished']: yield f'{who}: it did not end within {limit} s' if not got['in_time'] else f'{who}: it broke off'
        yield from (f'{who}: {o}' for o in got['errors'])
        said = {m['exercise']:m for m in got['marks']}
        yield from (f'{who}: {n} is {said[n]["state"]} ({said[n]["say"]}), {state} is wanted' for n in numbers if said[n]['state']!=state)

def leak_faults(nb):
    "Is a solution left, also where pictures are kept"
    yield from (f'a line of a solution is left: {l!r}' for l in solution_leaks(nb, student_copy(nb)))
    drawn = [c for e in exercises(nb) for c in e.solution if c.get('outputs')]
    kept = json.dumps(student_copy(nb))
    pictures = [p for c in drawn for o in c['outputs'] for k,p in o.get('data', {}).items() if k in ('image/png','image/jpeg')]
    yield from ('a picture to aim at is lost' for p in pictures if ''.join(p).replace('\n', '') not in kept)

def faults(path, static):
    nb = read_session(path)
    yield from form_faults(nb)
    yield from parts(nb)
    yield from slide_faults(nb)
    yield from term_faults(nb)
    yield from leak_faults(nb)
    if not static: yield from run_faults(nb)

def plan_faults(paths):
    "Is every session in the plan, and in the instructor's guide"
    folder = paths[0].parent
    text = {o:'\n'.join(cell_source(c) for c in json.loads((folder/f'{o}.ipynb').read_text(encoding='utf-8'))['cells'])
            for o in ('index','instructors')}
    yield from (f'the plan does not link {p.name}' for p in paths if f']({p.name})' not in text['index'])
    numbers = [int(p.name[:2]) for p in paths]
    yield from (f'the guide says nothing of session {n}' for n in numbers if f'## Session {n}:' not in text['instructors'])
    linked = re.findall(r'\]\((\d\d_\w+\.ipynb)\)', text['index'])
    yield from (f'the plan links {o}, which is not there' for o in linked if not (folder/o).exists())

def command_faults():
    "Is what `mmpath-course` writes what was looked at here"
    with tempfile.TemporaryDirectory() as d:
        try: wrote = write_copies(d)
        except ValueError as e: return [str(e)]
        tags = {p.name:{t for c in json.loads(p.read_text(encoding='utf-8'))['cells'] for t in cell_tags(c)} for p in wrote}
    return [f'{name}: the command left a solution in it' for name,t in tags.items() if t&{'solution','wrong'}]

def badge_faults():
    "Do the badges of the copies lead to the branch that the workflow publishes"
    workflow = (root/'.github'/'workflows'/'course.yml').read_text(encoding='utf-8')
    branch = re.search(r'BRANCH: ([\w-]+)', workflow)[1]
    at = inspect.signature(write_copies).parameters['at'].default
    if at!=f'{course_repository.removeprefix("https://github.com/")}/blob/{branch}':
        yield f'badges lead to {at}, and .github/workflows/course.yml publishes copies on the branch {branch}'

def spoilt():
    "(what was spoilt, a session, the function that has to find it)"
    def change(nb, i, old, new):
        cells = [dict(c) for c in nb['cells']]
        text = cell_source(cells[i])
        assert old in text, f'nothing to spoil: {old!r}'
        cells[i]['source'] = text.replace(old, new).splitlines(True)
        return nb|dict(cells=cells)
    good,page = session_template(),read_session(find_sessions()[0])
    plan = next(i for i,c in enumerate(page['cells']) if '| minutes |' in cell_source(c))
    head,seen = (next(i for i,c in enumerate(page['cells']) if cell_source(c).startswith(o)) for o in ('## Take-aways','*What to see:*'))
    wrong = next(i for i,c in enumerate(page['cells']) if 'wrong' in cell_tags(c) and 'proves(' in cell_source(c))
    yield 'a solution stands in the text', change(good, 1, 'Write', 'total = sum(float(o) for o in x)\nWrite'), leak_faults
    yield 'too few wrong answers', good, form_faults
    yield 'minutes', change(page, plan, '| 15 |', '| 16 |'), parts
    yield 'a long line', change(page, wrong, 'proves(', 'proves(*['+'None,'*30+'] or '), form_faults
    yield 'a slide that shows nothing', change(page, head, cell_source(page['cells'][head]), '## So:'), slide_faults
    yield 'a word of the trade without a link', change(page, seen, '*What to see:*', '*What to see:* by k-means,'), term_faults
    yield 'a check that is content with the stub', change(good, 5, 'check(mean)', 'Check("5.1", len)([])'), run_faults
    yield 'a check that is never content', change(good, 5, 'mean([1, 2, 6]), 3)', 'mean([1, 2, 6]), 4)'), run_faults
    yield 'a wrong answer that passes', change(good, 6, 'return sum(x)', 'return sum(x)/len(x)'), run_faults

def prove():
    "Every fault that is looked for is found, where it is made on purpose"
    blind = [what for what,nb,look in spoilt() if not list(look(nb))]
    print(f'not found: {", ".join(blind)}' if blind else 'each fault made on purpose was found')
    return bool(blind)

def main():
    args = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    args.add_argument('sessions', nargs='*', help='numbers; all otherwise')
    args.add_argument('--static', action='store_true', help='do not run the notebooks')
    args.add_argument('--prove', action='store_true', help='show that faults are found')
    args = args.parse_args()
    os.environ.setdefault('OMP_NUM_THREADS', '1')
    if args.prove: sys.exit(prove())
    paths,bad = find_sessions(only=','.join(args.sessions)),0
    for p in paths:
        print(p.name, flush=True)
        for f in faults(p, args.static):
            bad += 1
            print(f'  {f}', flush=True)
    for f in [*plan_faults(find_sessions()), *command_faults(), *badge_faults()]:
        bad += 1
        print(f'  {f}')
    print(f'{len(paths)} sessions: {bad} faults')
    sys.exit(bool(bad))

if __name__=='__main__': main()
