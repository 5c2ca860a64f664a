"""Pictures of plotly figures and of widgets, drawn by a headless Chromium. Used by `tools/outputs.py`; needs the extra `browser`.

Plotly's own code comes from the installed package. Widgets are drawn by the html manager of Jupyter's widgets, which is on no page
and in no package of ours: it is fetched once from the npm registry, checked against the digest given here, and kept in a cache."""
import base64,hashlib,io,json,math,os,tarfile,tempfile,urllib.request
from pathlib import Path
from browser_test import find_browser

npm = {                                         # name: version, file in the tarball, sha256 of the tarball
    'requirejs': ('2.3.7', 'package/require.js',
        '31f3330c978fb28684622fe71165dc946432cf0210b2ea8a1ca0233e70f2737d'),
    '@jupyter-widgets/html-manager': ('1.0.14', 'package/dist/embed-amd.js',
        '9d647396585ef74da93f87f645c5dcc14bebf5784192c577f72b199597614e81'),
}

def cache()->Path:
    "Where fetched files are kept"
    folder = Path(os.environ.get('XDG_CACHE_HOME') or Path.home()/'.cache')/'mmpath-tools'
    folder.mkdir(parents=True, exist_ok=True)
    return folder

def fetch(name:str)->bytes:
    "A tarball of the npm registry, checked, from the cache where it is there"
    version,_,digest = npm[name]
    file = cache()/f'{name.split("/")[-1]}-{version}.tgz'
    if not file.exists():
        url = f'https://registry.npmjs.org/{name}/-/{file.name}'
        with urllib.request.urlopen(url, timeout=60) as answer: data = answer.read()
        if hashlib.sha256(data).hexdigest()!=digest: raise ValueError(f'{url} is not what was expected: its digest differs')
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part: part.write(data)
        os.replace(part.name, file)
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest()!=digest: raise ValueError(f'{file} is damaged: delete it')
    return data

def script(name:str)->str:
    "The one file of a package that is needed"
    with tarfile.open(fileobj=io.BytesIO(fetch(name))) as tar: return tar.extractfile(npm[name][1]).read().decode()

def plotly_code()->str:
    import plotly
    return (Path(plotly.__file__).parent/'package_data'/'plotly.min.js').read_text(encoding='utf-8')

def anywidget_code()->str:
    import anywidget
    return (Path(anywidget.__file__).parent/'nbextension'/'index.js').read_text(encoding='utf-8')

widget_page = '''<!doctype html><meta charset="utf-8"><style>body {font: 13px system-ui, sans-serif; margin: 8px; background: #fff}</style>
<script src="require.js"></script><script src="manager.js"></script>
<script type="application/vnd.jupyter.widget-state+json">{{state}}</script>
<div id="widget"><script type="application/vnd.jupyter.widget-view+json">{{view}}</script></div>'''

class Painter:
    "Draws pictures as long as it is open: `with Painter() as p: p.figure(...)`"
    def __enter__(self):
        from playwright.sync_api import sync_playwright
        self.play = sync_playwright().start()
        args = ['--no-sandbox','--disable-dev-shm-usage','--disable-gpu','--font-render-hinting=none']
        self.browser = self.play.chromium.launch(executable_path=find_browser(), args=args)
        self.page = None
        return self

    def __exit__(self, *error):
        self.browser.close()
        self.play.stop()

    def figure(self,
        spec:dict, # Plotly's json
        scale:float=1.5
    )->bytes: # PNG
        "A picture of a plotly figure, as large as it says itself"
        if self.page is None:
            self.page = self.browser.new_page()
            self.page.set_content('<!doctype html><div id="figure"></div>')
            self.page.add_script_tag(content=plotly_code())
        layout = spec.get('layout', {})
        size = dict(width=layout.get('width') or 760, height=layout.get('height') or 420, scale=scale)
        draw = '([f,o]) => Plotly.toImage({data: f.data, layout: f.layout, config: {}}, {format: "png", ...o})'
        url = self.page.evaluate(draw, [as_json(dict(data=spec['data'], layout=layout)), size])
        return base64.b64decode(url.split(',', 1)[1])

    def widget(self,
        state:dict, # `manager_state` and `view_specs` of `ipywidgets.embed.embed_data`
        width:int=1000,
        scale:float=1
    )->bytes: # PNG
        "A picture of a widget, with all that it holds"
        page = self.browser.new_page(viewport=dict(width=width, height=900), device_scale_factor=scale)
        files,errors = widget_files(state),[]
        page.on('pageerror', lambda e: errors.append(str(e)))
        page.route('**/*', lambda route: answer(route, files))
        page.goto(home, timeout=180_000)
        try:
            page.wait_for_selector('#widget .jupyter-widgets', timeout=180_000)
            page.wait_for_function(drawn, arg=n_figures(state), timeout=180_000)
            page.wait_for_timeout(300)
            return page.locator('#widget > .jupyter-widgets, #widget .widget-subarea > *').first.screenshot()
        except Exception as e: raise RuntimeError(f'a widget could not be drawn: {e}; the page says {errors[:3]}') from e
        finally: page.close()

home = 'http://widget.local/'

def as_json(o):
    "Without numbers that JSON does not know"
    if isinstance(o, dict): return {k:as_json(v) for k,v in o.items()}
    if isinstance(o, (list,tuple)): return [as_json(v) for v in o]
    return None if isinstance(o, float) and not math.isfinite(o) else o

def widget_files(state:dict)->dict[str,str]: # By the last part of their address
    "All that the page of a widget asks for; code that several models share is served once"
    files = {'require.js':script('requirejs'), 'manager.js':script('@jupyter-widgets/html-manager'), 'anywidget':anywidget_code()}
    for model in state['manager_state']['state'].values():
        code = model['state'].get('_esm', '')
        if len(code)<10_000: continue
        name = hashlib.sha256(code.encode()).hexdigest()[:12]+'.js'
        files[name] = code
        model['state']['_esm'] = home+name
    def safe(o): return json.dumps(as_json(o)).replace('<', '\\u003c')
    files[''] = widget_page.replace('{{view}}', safe(state['view_specs'][0]), 1).replace('{{state}}', safe(state['manager_state']), 1)
    return files

def answer(route, files:dict[str,str])->None:
    "Serve what is known; nothing leaves the machine"
    url = route.request.url
    name = 'anywidget' if 'anywidget' in url else url.removeprefix(home)
    if name not in files: return route.abort()
    route.fulfill(body=files[name], content_type='text/html' if name=='' else 'text/javascript')

drawn = 'n => [...document.querySelectorAll("#widget .js-plotly-plot")].filter(o => o.querySelector(".main-svg")).length >= n'

def n_figures(state:dict)->int:
    "How many live figures a widget holds"
    models = state['manager_state']['state'].values()
    return sum('_widget_layout' in m['state'] for m in models)
