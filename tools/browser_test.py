"""Open the tutorial of the explorers, and the lessons of the course, in a real JupyterLab; run them, use them with mouse and keyboard.

    pip install -e ".[browser]" && python tools/browser_test.py

Starts JupyterLab on a free port, drives a headless Chromium, and checks what changed on the page. Screenshots go to a folder
(`--shots`). Without playwright, JupyterLab or a Chromium it says so and is content, unless `--must` asks for a run."""
import argparse,contextlib,json,os,secrets,shutil,signal,socket,subprocess,sys,tempfile,time,urllib.request
from pathlib import Path

root = Path(__file__).resolve().parent.parent
notebook = root/'nbs'/'tutorials'/'08_explorers.ipynb'
explorers = 'CohortExplorer SurvivalExplorer SlideExplorer PrototypeExplorer CompareExplorer'.split()
lessons = 'CensoringLesson PairsLesson CalibrationLesson AttentionLesson TemperatureLesson CommunityLesson'.split()
settings = {'@jupyterlab/apputils-extension/notification.jupyterlab-settings':{'fetchNews':'false', 'checkForUpdates':False},
            '@jupyterlab/notebook-extension/tracker.jupyterlab-settings':{'windowingMode':'none'}}

def find_browser():
    "The system's Chromium, or what `MMPATH_CHROMIUM` names"
    names = (os.environ.get('MMPATH_CHROMIUM'),'chromium','chromium-browser','google-chrome','google-chrome-stable')
    return next((p for n in names if n and (p := shutil.which(n))), None)

def why_not():
    "What is missing for a run, or `None`"
    try: import jupyterlab,playwright.sync_api # noqa: F401
    except ImportError as e: return f'{e.name} is not installed (pip install -e ".[browser]")'
    if not find_browser(): return 'no Chromium was found (Debian: apt-get install chromium; or name one in MMPATH_CHROMIUM)'

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1',0))
        return s.getsockname()[1]

def lesson_cells():
    "Cells that show each lesson of the course with its own example"
    imports = 'from mmpath.explore.lessons import *\nfrom mmpath.explore.weights import *'
    return [dict(cell_type='code', id=f'lesson-{i}', metadata={}, outputs=[], execution_count=None, source=text)
            for i,text in enumerate([imports, *(f'{o}()' for o in lessons)])]

@contextlib.contextmanager
def jupyterlab(work):
    "A JupyterLab of its own: nothing of the user's settings is read or changed"
    port,token = free_port(),secrets.token_hex(16)
    folders = {k:work/k.lower() for k in ('JUPYTER_CONFIG_DIR','JUPYTER_DATA_DIR','JUPYTER_RUNTIME_DIR','JUPYTERLAB_SETTINGS_DIR',
                                          'JUPYTERLAB_WORKSPACES_DIR','IPYTHONDIR')}
    for f in folders.values(): f.mkdir()
    for name,value in settings.items():
        file = folders['JUPYTERLAB_SETTINGS_DIR']/name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    (work/'files').mkdir()
    nb = json.loads(notebook.read_text(encoding='utf-8'))
    for c in nb['cells']:                                             # saved outputs must not pass for fresh ones
        if c['cell_type']=='code': c.update(outputs=[], execution_count=None)
    nb['cells'] += lesson_cells()
    (work/'files'/notebook.name).write_text(json.dumps(nb), encoding='utf-8')
    env = {**os.environ, **{k:str(v) for k,v in folders.items()}, 'PYTHONWARNINGS':'ignore', 'OMP_NUM_THREADS':'1'}
    log = open(work/'jupyterlab.log', 'w')
    server = subprocess.Popen([sys.executable,'-m','jupyterlab','--no-browser','--allow-root',f'--port={port}',
                               '--ServerApp.port_retries=0','--ip=127.0.0.1',
        f'--IdentityProvider.token={token}',f'--ServerApp.root_dir={work/"files"}'], env=env, stdout=log, stderr=log,
            start_new_session=True)
    url = f'http://127.0.0.1:{port}'
    try:
        for _ in range(120):
            if server.poll() is not None:
                raise RuntimeError(f'JupyterLab did not start:\n{(work/"jupyterlab.log").read_text()[-3000:]}')
            try:
                urllib.request.urlopen(f'{url}/api?token={token}', timeout=2)
                break
            except OSError: time.sleep(.5)
        else: raise RuntimeError('JupyterLab did not answer within a minute')
        yield f'{url}/doc/tree/{notebook.name}?token={token}'
    finally:
        with contextlib.suppress(ProcessLookupError): os.killpg(server.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired): server.wait(10)
        with contextlib.suppress(ProcessLookupError): os.killpg(server.pid, signal.SIGKILL)
        log.close()

class Page:
    "An open notebook, with screenshots and checks"
    def __init__(self, page, shots, patience): self.page,self.shots,self.patience,self.n,self.checks = page,shots,patience,0,0
    def shot(self, name, of=None):
        self.n += 1
        (of or self.page).screenshot(path=self.shots/f'{self.n:02d}_{name}.png')
    def explorer(self, name): return self.page.locator(f'.mmpath-{name}').first
    def status(self, ex): return ex.locator('.mmpath-status').inner_text()
    def until(self, what, ask, wanted=bool, patience=None):
        "Ask the page until the answer is right; the failure tells the last answer"
        end,got = time.time()+(patience or self.patience),None
        while time.time()<end:
            got = ask()
            if wanted(got):
                self.checks += 1
                print(f'  ok: {what}', flush=True)
                return got
            self.page.wait_for_timeout(100)
        self.shot('failed')
        raise AssertionError(f'{what}: not so after {patience or self.patience:g} s; the page says {repr(got)[:400]}')
    def plot(self, ex, js, i=0):
        "Ask the i-th plotly figure of an explorer"
        return ex.locator('.js-plotly-plot').nth(i).evaluate(f'gd => {js}')

def run_notebook(p, sessions):
    "Run all cells from the menu, and wait for the last one"
    page = p.page
    page.wait_for_selector('.jp-Notebook .jp-CodeCell', timeout=60_000)
    ready = lambda: [o['kernel'] for o in page.request.get(sessions).json() if o['kernel']['execution_state']=='idle'
                     and o['kernel']['connections']]
    p.until('the kernel is ready and connected', ready, patience=90)  # before that, Run would ask for a kernel
    page.get_by_role('menuitem', name='Run', exact=True).click()
    page.locator('.lm-Menu [data-command="runmenu:run-all"], .lm-Menu [data-command="notebook:run-all-cells"]').first.click()
    prompts = lambda: page.locator('.jp-CodeCell .jp-InputArea-prompt').all_inner_texts()
    failed = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]')
    end = time.time()+180
    while time.time()<end and not failed.count():
        got = prompts()
        if got and all(o.strip('[]: ').isdigit() for o in got): break
        page.wait_for_timeout(300)
    p.shot('ran')
    if failed.count(): raise AssertionError('a cell of the tutorial failed:\n'+failed.first.inner_text()[-1500:])
    p.until('every cell of the tutorial has run', prompts, lambda got: got and all(o.strip('[]: ').isdigit() for o in got))
    for name in (*explorers, *lessons):
        p.until(f'{name} is on the page with its figure', lambda n=name: p.explorer(n).locator('.js-plotly-plot .main-svg').count())

def try_survival(p):
    ex = p.explorer('SurvivalExplorer')
    ex.scroll_into_view_if_needed()
    legend = lambda: ex.locator('.legendtext').all_text_contents()
    before,told = legend(),p.status(ex)
    handle = ex.get_by_role('slider')
    handle.focus()
    for _ in range(4): handle.press('ArrowRight')
    p.until('survival: the slider moves by arrow keys', lambda: handle.get_attribute('aria-valuenow'),
            lambda v: abs(float(v)-.7)<1e-6)
    p.until('survival: the text follows the slider', lambda: p.status(ex), lambda t: 'upper 70%' in t and t!=told)
    p.until('survival: the curves are those of the new groups', legend, lambda l: l!=before)
    n = p.until('survival: the table counts them', lambda: ex.locator('table tbody tr').all_inner_texts(),
                lambda rows: len(rows)==2 and all(r.split()[2] in p.status(ex) for r in rows))
    p.until('survival: both groups together are the cohort', lambda: sum(int(r.split()[2]) for r in n),
            lambda s: f'{s}'==str(sum(int(o.split('(n = ')[1].split(',')[0]) for o in before)))
    p.shot('survival', ex)

def try_cohort(p):
    ex = p.explorer('CohortExplorer')
    ex.scroll_into_view_if_needed()
    everyone = p.status(ex)
    box = ex.get_by_placeholder('e.g. age')
    box.fill('age >= 60')
    box.press('Enter')
    p.until('cohort: a filter leaves fewer cases', lambda: p.status(ex), lambda t: t!=everyone and ' of 120 cases' in t)
    p.until('cohort: its points are drawn', lambda: p.plot(ex, '(gd.calcdata || []).length>1 && (gd.calcdata[1] || []).length>7'))
    at = p.plot(ex, '(() => {const f = gd._fullLayout, t = gd.data[1], i = 7, b = gd.getBoundingClientRect();'
        'const d = gd.calcdata[1][i];'
        'return {x: b.left+f.xaxis2._offset+f.xaxis2.c2p(d.x), y: b.top+f.yaxis2._offset+f.yaxis2.c2p(d.y), name: t.customdata[i]}})()')
    p.page.mouse.move(at['x'], at['y'])
    p.page.mouse.click(at['x'], at['y'])
    p.until(f'cohort: a click on a point opens its case ({at["name"]})', lambda: p.plot(ex, 'gd._fullLayout.title.text', 1),
            lambda t: t==at['name'])
    box.fill('no_such_column > 1')
    box.press('Enter')
    p.until('cohort: a wrong filter says so', lambda: p.status(ex), lambda t: 'there is no column' in t)
    p.shot('cohort', ex)

def try_slide(p):
    ex = p.explorer('SlideExplorer')
    ex.scroll_into_view_if_needed()
    picture = lambda: p.plot(ex, '(s => s.length+":"+s.slice(s.length/2, s.length/2+200))(gd.layout.images[0].source)')
    at = p.plot(ex, '(() => {const f = gd._fullLayout, c = gd.calcdata[0][0], b = gd.getBoundingClientRect(); let best = null;'
        'const real = z => z!==undefined && z!==null && isFinite(z);'
        'c.z.forEach((row,i) => row.forEach((z,j) => {if (real(z) && (!best || z>best.z)) best = {z, i, j}}));'
        'const x = (c.x[best.j]+c.x[best.j+1])/2, y = (c.y[best.i]+c.y[best.i+1])/2;'
        'return {x: b.left+f.xaxis._offset+f.xaxis.c2p(x), y: b.top+f.yaxis._offset+f.yaxis.c2p(y), tx: x, ty: y}})()')
    p.page.mouse.move(at['x']-3, at['y']-3)
    p.page.mouse.move(at['x'], at['y'])
    p.page.mouse.click(at['x'], at['y'])
    p.until('slide: a click chooses the tile under the mouse', lambda: p.status(ex),
            lambda t: f"x {at['tx']-128:.0f}, y {at['ty']-128:.0f}, score" in t)
    p.until('slide: it is the one with the highest score', lambda: p.status(ex),
            lambda t: t.count('above 9')>0 or 'above 100%' in t)
    p.until('slide: its frame is drawn', lambda: p.plot(ex, 'gd.calcdata[2].length'), lambda n: n>=5)
    p.until('slide: pictures of the tiles most like it appear',
            lambda: ex.locator('img.widget-image').evaluate('o => o.naturalWidth'), lambda w: w>500)
    p.shot('slide_tile', ex)
    nearer = ex.get_by_role('button', name='nearer')
    nearer.focus()
    for n in range(3):                                                # wait for each: the next one starts from there
        old = picture()
        nearer.press('Enter')
        p.until(f'slide: nearer, by keyboard ({n+1})', picture, lambda s: s!=old)
    p.until('slide: a finer level is read', lambda: p.status(ex), lambda t: 'level 0' in t)
    near = picture()
    box = ex.locator('.nsewdrag').first.bounding_box()
    x,y = box['x']+box['width']/2,box['y']+box['height']/2
    p.page.mouse.move(x, y)
    p.page.mouse.down()
    p.page.mouse.move(x+60, y+30, steps=5)
    p.page.mouse.up()
    p.until('slide: dragging reads the tissue that came into view', picture, lambda s: s!=near)
    title = p.plot(ex, 'gd._fullLayout.title.text')
    ex.locator('select').first.select_option('planted tissue')
    p.until('slide: another model brings its classes', lambda: (p.plot(ex, 'gd._fullLayout.title.text'),
        ex.locator('select').nth(1).locator('option').count()), lambda o: 'planted tissue' in o[0] and o[0]!=title and o[1]==6)
    p.shot('slide_near', ex)

def try_others(p):
    ex = p.explorer('PrototypeExplorer')
    ex.scroll_into_view_if_needed()
    before = p.status(ex)
    names = [o.replace('\xa0',' ') for o in ex.locator('select').first.locator('option').all_inner_texts()]
    i,other = next((i,o) for i,o in enumerate(names) if not before.startswith(o+':'))
    ex.locator('select').first.select_option(index=i)
    p.until('prototypes: another prototype, other tiles', lambda: p.status(ex), lambda t: t.startswith(other+':'))
    p.shot('prototypes', ex)
    ex = p.explorer('CompareExplorer')
    ex.scroll_into_view_if_needed()
    windows = lambda: p.plot(ex, 'gd.layout.images.map(o => o.sizex)')
    before = windows()
    ex.get_by_role('button', name='nearer').click()
    p.until('compare: all maps come nearer together', windows, lambda w: len(w)==3 and len(set(w))==1 and w[0]<before[0])
    p.shot('compare', ex)

def curve(p, ex, i): return p.plot(ex, f'Array.from(gd.calcdata[{i}], o => o.y)')

def lesson(p, name):
    ex = p.explorer(name)
    ex.scroll_into_view_if_needed()
    return ex

def press(ex, key, times, i=0):
    "A slider, moved by keyboard"
    handle = ex.get_by_role('slider').nth(i)
    handle.focus()
    for _ in range(times): handle.press(key)

def try_outcomes(p):
    ex = lesson(p, 'CensoringLesson')
    before = curve(p, ex, 6)
    ex.locator('select').first.select_option(label='patient 2')
    p.until('censoring: a patient is chosen', lambda: p.status(ex), lambda t: t.startswith('Patient 2 was last seen alive at 8'))
    press(ex, 'ArrowRight', 9)
    p.until('censoring: the slider moves her', lambda: p.status(ex), lambda t: 'alive at 17 months' in t)
    p.until('censoring: the curve follows', lambda: curve(p, ex, 6), lambda y: y!=before)
    p.until('censoring: the table counts her at 12 months', lambda: ex.locator('tbody tr').nth(1).inner_text(),
            lambda t: t.split()[:2]==['12','4'])
    ex.get_by_role('button', name='died', exact=True).click()
    p.until('censoring: the button says that she died', lambda: p.status(ex), lambda t: 'Patient 2 died at 17' in t)
    p.shot('censoring', ex)
    ex = lesson(p, 'PairsLesson')
    at = p.plot(ex, '(() => {const f = gd._fullLayout, i = gd.calcdata.length-1, d = gd.calcdata[i][1], b = gd.getBoundingClientRect();'
        'return {x: b.left+f.xaxis._offset+f.xaxis.c2p(d.x), y: b.top+f.yaxis._offset+f.yaxis.c2p(d.y)}})()')
    p.page.mouse.move(at['x'], at['y'])
    p.page.mouse.click(at['x'], at['y'])
    p.until('pairs: a click chooses a patient', lambda: p.status(ex), lambda t: t.startswith('Patient 2 is in 5 pairs, 3 of them'))
    press(ex, 'ArrowRight', 9)
    p.until('pairs: with a higher risk all of hers are in order', lambda: p.status(ex), lambda t: '5 of them' in t)
    p.until('pairs: the title says it too', lambda: p.plot(ex, 'gd._fullLayout.title.text'), lambda t: t.startswith('c-index 1.00'))
    p.shot('pairs', ex)
    ex = lesson(p, 'CalibrationLesson')
    scores = lambda: [r.split('\t') for r in ex.locator('tbody tr').all_inner_texts()]
    press(ex, 'ArrowRight', 8)
    p.until('calibration: the slope makes probabilities surer', lambda: p.status(ex), lambda t: 'Slope 2.51' in t)
    p.until('calibration: AUC is blind to it, the others are not', scores, lambda s: [o[1]==o[2] for o in s]==[True,False,False])
    press(ex, 'ArrowRight', 5, i=1)
    p.until('calibration: the shift tells all more', lambda: p.status(ex), lambda t: 'shift 0.5' in t)
    p.shot('calibration', ex)

def try_weights(p):
    ex = lesson(p, 'AttentionLesson')
    weights = lambda: curve(p, ex, 1)
    before = weights()
    ex.locator('select').select_option(label='tile 4')
    press(ex, 'ArrowRight', 16)
    p.until('attention: the tile is moved', lambda: p.status(ex), lambda t: t.startswith('Tile 4, moved by 0.80 steps'))
    after = p.until('attention: its weight rises', weights, lambda w: w[3]>2*before[3])
    p.until('attention: the others pay for it', lambda: sum(after)-sum(before), lambda d: abs(d)<1e-5)
    p.shot('attention', ex)
    ex = lesson(p, 'TemperatureLesson')
    own = lambda: p.plot(ex, 'gd.calcdata[0][0].z.map((r,i) => r[i])')
    before = own()
    press(ex, 'ArrowLeft', 12)
    p.until('temperature: colder', lambda: p.status(ex), lambda t: t.startswith('Temperature 0.05'))
    p.until('temperature: who was right is surer, who was wrong too', own, lambda z: z[0]>before[0] and z[3]<before[3])
    p.shot('temperature', ex)
    ex = lesson(p, 'CommunityLesson')
    before = p.status(ex)
    ex.locator('select').nth(1).select_option(label='to 7')
    p.until('communities: the line goes to another guest', lambda: p.status(ex), lambda t: t.startswith('Line 1 to 7.') and t!=before)
    ex.locator('select').nth(1).select_option(label='to 1')
    p.until('communities: what cannot be is said', lambda: p.status(ex), lambda t: 'a line from 1 to itself' in t)
    ex.locator('select').nth(3).select_option(label='group 3')
    p.until('communities: the bars are those of the new groups', lambda: p.plot(ex, 'gd._fullLayout.annotations[1].text'),
            lambda t: t.startswith('modularity') and t.split()[1] in p.status(ex))
    p.shot('communities', ex)

def main():
    args = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    args.add_argument('--shots', type=Path, default=Path(tempfile.gettempdir())/'mmpath-browser-shots',
                      help='folder for screenshots')
    args.add_argument('--must', action='store_true', help='fail where a browser is missing')
    args.add_argument('--patience', type=float, default=30, help='seconds to wait for an answer of the page')
    args = args.parse_args()
    if reason := why_not():
        print(f'browser test skipped: {reason}')
        return int(args.must)
    from playwright.sync_api import sync_playwright
    args.shots.mkdir(parents=True, exist_ok=True)
    start = time.time()
    with tempfile.TemporaryDirectory() as d, jupyterlab(Path(d)) as url, sync_playwright() as pw:
        browser = pw.chromium.launch(executable_path=find_browser(),
                                     args=['--no-sandbox','--disable-dev-shm-usage','--disable-gpu'])
        page = browser.new_page(viewport=dict(width=1280, height=1000))
        page.set_default_timeout(30_000)
        p = Page(page, args.shots, args.patience)
        try:
            page.goto(url)
            run_notebook(p, url.replace(f'/doc/tree/{notebook.name}','/api/sessions'))
            for part in (try_survival,try_cohort,try_slide,try_others,try_outcomes,try_weights): part(p)
        except Exception:
            p.shot('end')
            shutil.copy(Path(d)/'jupyterlab.log', args.shots/'jupyterlab.log')
            raise
        finally: browser.close()
    print(f'browser test passed: {p.checks} checks, {p.n} screenshots in {args.shots}, {time.time()-start:.0f} s')
    return 0

if __name__=='__main__': sys.exit(main())
