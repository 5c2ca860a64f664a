"""The pages as readers meet them: `python tools/pages.py` stages every notebook, renders it, opens it in Chromium, and lists what is wrong.

    pip install -e ".[dev,browser]"
    python tools/pages.py                                      # check all pages, and the links of README, CHANGELOG, CONTRIBUTING
    python tools/pages.py --only index 01                      # pages whose name begins so
    python tools/pages.py --shots DIR --only index 01          # also pictures at 1200 and 420 px, light and dark
    python tools/pages.py --prove                              # plant one fault of each kind: is each found?

Without a browser: dead links, missing image files, two pages of one name, a sentence that ends in a colon before nothing, an
exported name of which nothing is shown. With one, at 420 px and with no network: broken images, formulas that did not render, text
wider than the page, errors of the console, and what asks the network for something. Pages are rendered by nbconvert in the styles of
`nbs/`, which is near to Quarto, and not the same.
MathJax comes from npm, once, into a cache folder. What is missing is said, and fails only with `--must`."""
import argparse,asyncio,hashlib,base64,html,io,json,os,re,sys,tarfile,tempfile,time,tomllib,unicodedata,urllib.parse,urllib.request
from collections import Counter,namedtuple
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from browser_test import find_browser

root = Path(__file__).resolve().parent.parent
urls = tomllib.loads((root/'pyproject.toml').read_text(encoding='utf-8'))['project']['urls']
site_url = urls['Documentation'].rstrip('/')+'/'
files_with_links = ('README.md','CHANGELOG.md','CONTRIBUTING.md')
picture_hosts = ('colab.research.google.com','mybinder.org','img.shields.io')        # badges: pictures from there are allowed
kept = Path(os.environ.get('XDG_CACHE_HOME') or Path.home()/'.cache')/'mmpath-tools'
mathjax_url = 'https://registry.npmjs.org/mathjax/-/mathjax-3.2.2.tgz'
mathjax_sha512 = 'Bt+SSVU8eBG27zChVewOicYs7Xsdt40qm4+UpHyX7k0/O9NliPc+x77k1/FEsPsjKPZGJvtRZM1vO+geW0OhGw=='
local = 'http://pages.test/'                                          # answered from the folder of rendered pages, never by a network
narrow,wide = 420,1200                                                 # px

Fault = namedtuple('Fault', 'page kind what')

def source(cell): return ''.join(cell['source'])

# ---- pages and their names

def html_path(rel):
    "Where a notebook or a text stands on the site: `api/10_wsi.slide.ipynb` gives `api/wsi.slide.html` (nbdev drops the number)"
    rel = Path(rel)
    if rel.suffix!='.ipynb': return rel.with_suffix('.html').as_posix()
    from nbdev.config import nbpath2html
    return nbpath2html(rel).as_posix()

def plain(text): return html.unescape(re.sub('<[^>]+>', '', text))

def pandoc_id(heading):
    "The anchor that the site gives a heading"
    text = unicodedata.normalize('NFC', plain(heading)).lower()
    text = re.sub(r'\s+', '-', re.sub(r'[^\w\s.-]', '', text).strip())
    return re.sub(r'^[\W\d_]+', '', text) or 'section'

def github_id(heading): return re.sub(r'\s', '-', re.sub(r'[^\w\s-]', '', plain(heading).strip().lower()))

def with_ids(body, make_id=pandoc_id):
    "Every heading of a page with the anchor it has on the site"
    seen = Counter()
    def one(m):
        name = make_id(m[2])
        seen[name] += 1
        if seen[name]>1: name = f'{name}-{seen[name]-1}'
        return f'<h{m[1]} id="{html.escape(name)}">{m[2]}</h{m[1]}>'
    return re.sub(r'<h([1-6])[^>]*>(.*?)</h\1>', one, body, flags=re.S)

def moved(link):
    "A link as it is on the rendered page: our own site is local, and notebooks are `.html`"
    if link.startswith(site_url): link = '/'+link.removeprefix(site_url)
    if re.match(r'[a-zA-Z][\w+.-]*:|//', link): return link
    path,hash_,anchor = link.partition('#')
    if path.endswith(('.ipynb','.qmd')): path = html_path(path)
    if path.startswith('/') and path.endswith('/'): path += 'index.html'
    return path+hash_+anchor

# ---- staging and rendering

def stage():
    "Stage all pages as `nbdev-docs` does; the folder"
    from nbdev.serve import proc_nbs
    os.chdir(root)
    return proc_nbs(n_workers=max(2, os.cpu_count()))                 # in processes of their own: staging runs cells

def staged_pages(folder, only=()):
    "Notebooks and texts of a staged folder that become pages"
    for p in sorted(folder.rglob('*')):
        if p.suffix not in ('.ipynb','.qmd','.md') or any(o[0] in '._' for o in p.relative_to(folder).parts): continue
        if not only or any(p.name.startswith(o) or p.relative_to(folder).as_posix().startswith(o) for o in only): yield p

def front_matter(cell):
    "Title and summary, which nbdev has moved into a raw cell, as text again"
    import yaml
    said = next(yaml.safe_load_all(source(cell)), None) if source(cell).startswith('---') else None
    said = said if isinstance(said, dict) else {}
    lines = [f"# {said['title']}"] if 'title' in said else []
    return '\n\n'.join(lines + [f'> {said[k]}' for k in ('description',) if k in said])

def options(cell):
    "Quarto's options at the head of a code cell"
    return dict(re.findall(r'^#\|\s*([\w-]+):\s*(.*?)\s*$', source(cell), re.M))

def says(output): return bool(output.get('data') or output.get('text') or output.get('ename'))

def shows(cell):
    "What a staged code cell shows: (source, outputs)"
    o = options(cell)
    if o.get('include')=='false': return False,False
    text = re.sub(r'^#\|.*$', '', source(cell), flags=re.M).strip()
    return bool(text) and o.get('echo')!='false', any(map(says, cell.get('outputs', []))) and o.get('output')!='false'

def as_code(cell):
    "A code cell with Quarto's options carried out; `None` of one that shows nothing"
    text,outputs = shows(cell)
    if not text and not outputs: return None
    return dict(cell_type='code', source=re.sub(r'^#\|.*\n?', '', source(cell), flags=re.M), execution_count=None,
                metadata={} if text else dict(tags=['no-source']), outputs=cell['outputs'] if outputs else [])

def as_text(cell):
    "A Markdown or raw cell; Pandoc's attributes and divs say nothing to other readers of Markdown"
    text = front_matter(cell) if cell['cell_type']=='raw' else source(cell)
    return dict(cell_type='markdown', metadata={}, source=without_attributes(text))

def without_attributes(text): return re.sub(r'^:::.*$|(?<=\))\{[^}\n]*\}', '', text, flags=re.M)

def as_read(cells):
    "Staged cells as nbconvert should take them"
    made = [as_code(c) if c['cell_type']=='code' else as_text(c) for c in cells]
    made = [dict(c, id=f'cell-{i}') for i,c in enumerate(made) if c]
    for data in [o.get('data', {}) for c in made for o in c.get('outputs', [])]:
        if 'text/markdown' in data: data['text/markdown'] = without_attributes(''.join(data['text/markdown']))
    return made

def text_cells(path):
    "A staged text (`.qmd`, `.md`) as the one cell of a notebook"
    text = path.read_text(encoding='utf-8')
    m = re.match(r'---\n.*?\n---\n', text, re.S)
    head = [dict(cell_type='raw', metadata={}, source=m[0])] if m else []
    return head + [dict(cell_type='markdown', metadata={}, source=text[m.end() if m else 0:])]

def read_cells(path):
    if path.suffix!='.ipynb': return text_cells(path)
    return json.loads(path.read_text(encoding='utf-8'))['cells']

@cache
def exporter():
    "nbconvert without its frame: a page's body. Widgets and plotly need scripts, so the picture beside them is taken, as on the site"
    from nbconvert import HTMLExporter
    from traitlets.config import Config
    order = ['text/html','text/markdown','image/svg+xml','text/latex','image/png','image/jpeg','text/plain']
    config = Config(NbConvertBase=dict(display_data_priority=order), TagRemovePreprocessor=dict(remove_input_tags=['no-source']))
    return HTMLExporter(config=config, template_name='basic', exclude_anchor_links=True, exclude_input_prompt=True,
                        exclude_output_prompt=True)

def render(path):
    "The body of a staged page"
    import nbformat
    nb = dict(cells=as_read(read_cells(path)), metadata={}, nbformat=4, nbformat_minor=5)
    body,_ = exporter().from_notebook_node(nbformat.reads(json.dumps(nb), as_version=4))
    return with_ids(body)

def colours(name):
    "The colours of a theme of `nbs/`, under the names that `styles.css` uses"
    read = lambda file: (root/'nbs'/file).read_text(encoding='utf-8')
    value = dict(re.findall(r'^\$([\w-]+):\s*([^;]+);', read(name), re.M))
    return ''.join(f'{var}:{value[of]};' for var,of in re.findall(r'(--[\w-]+): #\{\$([\w-]+)\};', read('theme.scss')))

def shell():
    "The frame of a page: both themes, the site's styles, MathJax; the text before and after its body"
    from pygments.formatters import HtmlFormatter
    code = {k:HtmlFormatter(style=s).get_style_defs(f'body.quarto-{k} .highlight') for k,s in
            (('light','default'),('dark','github-dark'))}
    css = (root/'nbs'/'styles.css').read_text(encoding='utf-8')
    base = '''body{margin:0;background:var(--page);color:var(--text);font:1rem/1.6 system-ui,sans-serif}
        main{max-width:50rem;margin:auto;padding:0 .8rem 3rem} a{color:var(--link)} pre{overflow-x:auto}
        img,svg{max-width:100%;height:auto} blockquote{margin-left:0;padding-left:.8rem;border-left:3px solid var(--line)}'''
    return f'''<!doctype html><html lang="en"><head><meta charset="utf-8"><title>mmpath</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>:root{{{colours('theme-light.scss')}}}
@media (prefers-color-scheme: dark) {{:root{{color-scheme:dark;{colours('theme-dark.scss')}}}}}
{base}{code['light']}{code['dark']}{css}</style>
<script>window.MathJax = {{tex:{{inlineMath:[['$','$'],['\\\\(','\\\\)']]}}, options:{{enableMenu:false}}}}</script>
<script src="/mathjax/tex-chtml-full.js" defer></script></head><body>
<script>document.body.className = matchMedia('(prefers-color-scheme: dark)').matches ? 'quarto-dark' : 'quarto-light'</script>
<main class="content" id="quarto-document-content">''','</main></body></html>'

class Links(HTMLParser):
    "Links, pictures and anchors of a page"
    def __init__(self, text):
        super().__init__()
        self.links,self.pictures,self.ids = [],[],set()
        self.feed(text)
    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if attrs.get('id'): self.ids.add(attrs['id'])
        if tag=='a' and attrs.get('name'): self.ids.add(attrs['name'])
        if tag=='a' and attrs.get('href'): self.links.append(attrs['href'])
        if tag=='img': self.pictures.append(attrs.get('src') or '')

class Site:
    "Staged pages and their rendered form in a folder that a browser can be shown"
    def __init__(self, staged, out, only=()):
        self.staged,self.out = Path(staged),Path(out)
        self.all = list(staged_pages(self.staged))
        self.chosen = [p for p in staged_pages(self.staged, only)]
        with ProcessPoolExecutor(os.cpu_count()) as pool: bodies = list(pool.map(render, self.all, chunksize=4))
        self.bodies = {self.name(p):self.localised(b) for p,b in zip(self.all, bodies)}
        self.links = {name:Links(b) for name,b in self.bodies.items()}
        before,after = shell()
        for name,body in self.bodies.items():
            path = self.out/html_path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(before+body+after, encoding='utf-8')
        self.ids = {html_path(name):l.ids for name,l in self.links.items()}
    def name(self, path): return path.relative_to(self.staged).as_posix()
    def localised(self, body):
        return re.sub(r'(<a\b[^>]*\bhref=")([^"]*)', lambda m: m[1]+html.escape(moved(html.unescape(m[2]))), body)

# ---- checks that need no browser

def target(link, page):
    "(path on the site, anchor) of an internal link; `None` of one that leaves the site"
    u = urllib.parse.urlsplit(urllib.parse.urljoin(local+html_path(page), link))
    if not urllib.parse.urlunsplit(u).startswith(local): return None
    return urllib.parse.unquote(u.path).lstrip('/'),urllib.parse.unquote(u.fragment)

def why_dead(site, path, anchor):
    "What is wrong with an internal link, or `None`"
    if path in ('','.'): path = 'index.html'
    if path in site.ids: return f'the page has no anchor #{anchor}' if anchor and anchor not in site.ids[path] else None
    return None if (site.staged/path).is_file() else 'no such page or file'

def dead_links(site, name):
    links = site.links[name]
    for link in dict.fromkeys(links.links):
        if link.startswith('#') and not link[1:]: continue
        to = target(link, name)
        if to and (why := why_dead(site, *to)): yield Fault(name, 'dead link', f'{link}: {why}')
    for src in links.pictures:
        if src.startswith('data:'): continue
        to = target(src, name)
        if to and not (site.staged/to[0]).is_file(): yield Fault(name, 'broken image', f'{src or "no source"}: no such file')

def same_names(site):
    "Two notebooks that nbdev writes to one page"
    for path,n in Counter(html_path(site.name(p)) for p in site.all).items():
        if n>1: yield Fault(path, 'same name', ', '.join(site.name(p) for p in site.all if html_path(site.name(p))==path))

def blocks(text):
    "Paragraphs, headings, lists and fences of a Markdown text"
    text = re.sub(r'<!--.*?-->', '', text, flags=re.S)
    fenced = re.sub(r'^(```|~~~).*?^\1\s*$', lambda m: re.sub(r'\n\s*\n', '\n', m[0]), text, flags=re.M|re.S)
    return [b.strip('\n') for b in re.split(r'\n\s*\n', fenced) if b.strip() and not re.fullmatch(r':::.*', b.strip())]

def is_prose(block): return not re.match(r'\s*([-*+|>]|\d+[.)]\s|```|~~~|\$\$|!\[|<|\\begin| {4})', block)

def ends_in_colon(block): return is_prose(block) and not block.startswith('#') and re.search(r':[*_]*$', block.rstrip())

def colons(name, cells):
    "Sentences that announce what is not there: end of the page, a heading, or another cell's prose comes next"
    waiting = None
    for c in cells:
        if c['cell_type']=='code':
            if any(shows(c)): waiting = None
            continue
        if c['cell_type']!='markdown': continue
        for i,b in enumerate(blocks(source(c))):
            if waiting and is_prose(b) and (i==0 or b.startswith('#')): yield Fault(name, 'colon before nothing', waiting)
            waiting = ' '.join(b.split())[-90:] if ends_in_colon(b) else None
    if waiting: yield Fault(name, 'colon before nothing', waiting)

def silent_docs(name, cells):
    "Exported names that the page says nothing of: nbdev could not write their signature, and tells nobody"
    for c in cells:
        asked = re.search(r'^show_doc\(([\w.]+)', source(c), re.M) if c['cell_type']=='code' else None
        if asked and not any(map(says, c.get('outputs', []))):
            yield Fault(name, 'no documentation', f'{asked[1]}: nbdev shows nothing of it; show_doc({asked[1]})._repr_markdown_() says why')

def spaced_formulas(name, cells):
    "Pandoc takes no `$ x $` for a formula, other readers of Markdown do"
    for c in cells:
        if c['cell_type']!='markdown': continue
        text = re.sub(r'^(```|~~~).*?^\1|`[^`]*`|\$\$.*?\$\$', '', source(c), flags=re.M|re.S)
        for m in re.finditer(r'(?<![\\\w$])\$([^$\n]+)\$(?![\d$])', text):
            if m[1]!=m[1].strip() and re.search(r'[\\^_=]', m[1]): yield Fault(name, 'formula', f'${m[1]}$: a space beside the dollar')

def text_links(site, path):
    "Links of a text at the root of the repository, as GitHub follows them"
    import nbconvert.filters
    body = with_ids(nbconvert.filters.markdown2html(path.read_text(encoding='utf-8')), github_id)
    links = Links(re.sub(r'<a class="anchor-link".*?</a>', '', body))
    for link in dict.fromkeys(links.links+links.pictures):
        if link.startswith(site_url): why = why_dead(site, *target(moved(link), 'index.md'))
        elif re.match(r'[a-zA-Z][\w+.-]*:|//', link): continue
        else:
            to,_,anchor = urllib.parse.unquote(link).partition('#')
            if to and not (path.parent/to).exists(): why = 'no such file'
            else: why = None if to or not anchor or anchor in links.ids else f'no anchor #{anchor}'
        if why: yield Fault(path.name, 'dead link', f'{link}: {why}')

def static_faults(site):
    "What can be seen without a browser"
    yield from same_names(site)
    for path in site.chosen:
        name = site.name(path)
        cells = read_cells(path)
        yield from dead_links(site, name)
        yield from colons(name, cells)
        yield from silent_docs(name, cells)
        yield from spaced_formulas(name, cells)

# ---- checks in a browser

def mathjax():
    "The folder of MathJax's scripts, fetched once; `None` where it cannot be had"
    folder = kept/'mathjax-3.2.2'
    if (folder/'tex-chtml-full.js').exists(): return folder
    try: packed = urllib.request.urlopen(mathjax_url, timeout=60).read()
    except OSError as e: return print(f'MathJax could not be fetched ({e})')
    if base64.b64encode(hashlib.sha512(packed).digest()).decode()!=mathjax_sha512: return print('MathJax: another file than expected')
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept) as d, tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(d, filter='data')
        try: (Path(d)/'package'/'es5').rename(folder)
        except OSError: pass                                          # someone else was faster
    return folder

def why_no_browser():
    "What is missing for the browser's part, or `None`"
    try: import playwright.async_api # noqa: F401
    except ImportError: return 'playwright is not installed (pip install -e ".[browser]")'
    return None if find_browser() else 'no Chromium was found (or name one in MMPATH_CHROMIUM)'

look = r'''async (has_math) => {
  if (has_math) await MathJax.startup.promise;
  const short = s => s.replace(/\s+/g, ' ').trim().slice(0, 90);
  const images = [...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => short(i.alt || i.src));
  const errors = [...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map(
    e => (e.getAttribute('data-mjx-error') || '') + ': ' + short(e.textContent));
  const raw = [];
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let n; has_math && (n = walk.nextNode());) {
    if (n.parentElement.closest('pre,code,script,style,mjx-container,svg,.output_text')) continue;
    const m = n.data.match(/\$\$|\\(begin|frac|sum|text|math\w+|hat|left|operatorname)\b.*|\$[^$\n]*[\\^_{][^$\n]*\$/);
    if (m) raw.push('left as text: ' + short(m[0]));
  }
  const page = document.documentElement.clientWidth, wide = [];
  const scrolls = e => {for (; e && e!==document.body; e = e.parentElement)
    if (getComputedStyle(e).overflowX!=='visible') return true};
  if (document.documentElement.scrollWidth>page+1) {
    const out = [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right>page+1
      && !e.parentElement.closest('mjx-math,mjx-assistive-mml,svg') && !scrolls(e));
    const says = e => e.textContent || e.src || (e.parentElement.querySelector('mjx-assistive-mml') || e).textContent;
    for (const e of out.filter(e => !out.some(o => o!==e && e.contains(o))).slice(0, 5))
      wide.push(`${e.tagName.toLowerCase()} to ${Math.round(e.getBoundingClientRect().right)} px: ${short(says(e))}`);
    if (!wide.length) wide.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  }
  return {'broken image':images, 'formula':[...errors, ...raw], 'too wide':wide};
}'''

class Browser:
    "Pages in Chromium, with the network answered from a folder"
    def __init__(self, site, math): self.site,self.math,self.asked = site,math,{}
    def file(self, path):
        if path.startswith('mathjax/'): return self.math/path.removeprefix('mathjax/') if self.math else None
        return next((d/path for d in (self.site.out,self.site.staged) if (d/path).is_file()), None)
    async def answer(self, route):
        "Our pages from the folder, badges as an empty picture, and nothing else"
        u = urllib.parse.urlsplit(route.request.url)
        if u.scheme in ('data','blob'): return await route.continue_()
        if route.request.resource_type=='image' and u.hostname in picture_hosts:
            return await route.fulfill(content_type='image/svg+xml',
                                       body='<svg xmlns="http://www.w3.org/2000/svg" width="110" height="20"/>')
        if route.request.url.startswith(local):
            file = self.file(urllib.parse.unquote(u.path).lstrip('/'))
            if file: return await route.fulfill(path=file)
            if u.path.startswith('/mathjax/'): return await route.fulfill(content_type='text/javascript', body='')
            return await route.fulfill(status=404, body='')
        self.asked.setdefault(route.request.frame.page, []).append(route.request.url)
        await route.abort()
    async def open(self, context, name):
        "A new tab with the page, its messages, and what it asked the network for"
        tab = await context.new_page()
        said = []
        tab.on('console', lambda m: said.append(m.text) if m.type=='error' else None)
        tab.on('pageerror', lambda e: said.append(str(e)))
        await tab.goto(local+urllib.parse.quote(html_path(name)), wait_until='load')
        return tab,said
    async def check(self, context, name):
        "Faults of one page"
        tab,said = await self.open(context, name)
        found = await tab.evaluate(look, bool(self.math))
        asked = self.asked.pop(tab, [])
        await tab.close()
        faults = [Fault(name, kind, what) for kind,whats in found.items() for what in dict.fromkeys(whats)]
        faults += [Fault(name, 'asks the network', url) for url in asked]
        failed = 'Failed to load resource'                            # said of pictures and links, which have a line of their own
        return faults + [Fault(name, 'console error', ' '.join(t.split())[:200]) for t in said if failed not in t]
    async def shoot(self, context, name, file):
        tab,_ = await self.open(context, name)
        await tab.evaluate(look, bool(self.math))
        await self.scroll(tab, file)
        await tab.close()
    async def scroll(self, tab, file):
        "A long page, screen by screen: in one shot Chromium repeats what is too tall for it"
        from PIL import Image
        width,screen,height = await tab.evaluate('[innerWidth, innerHeight, document.documentElement.scrollHeight]')
        page = Image.new('RGB', (width, height))
        for y in range(0, height, screen):
            top = await tab.evaluate('y => {scrollTo(0, y); return Math.round(scrollY)}', y)
            page.paste(Image.open(io.BytesIO(await tab.screenshot())).convert('RGB'), (0, top))
        page.save(file, optimize=True)
    async def run(self, names, work, tabs=4, **options):
        "Await `work(context, name)` for every page, some at a time"
        from playwright.async_api import async_playwright
        async with async_playwright() as pw:
            flags = ['--no-sandbox','--disable-dev-shm-usage','--disable-gpu']
            browser = await pw.chromium.launch(executable_path=find_browser(), args=flags)
            context = await browser.new_context(**options)
            context.set_default_timeout(120_000)                      # a busy machine is no fault
            await context.route('**/*', self.answer)
            turn = asyncio.Semaphore(tabs)
            async def one(name):
                async with turn: return await work(context, name)
            done = await asyncio.gather(*map(one, names))
            await browser.close()
        return done

def browser_faults(site, math):
    "What only a browser sees"
    b = Browser(site, math)
    names = [site.name(p) for p in site.chosen]
    return [f for fs in asyncio.run(b.run(names, b.check, viewport=dict(width=narrow, height=900))) for f in fs]

def screenshots(site, math, folder):
    "Pictures of the chosen pages at two widths, light and dark"
    folder.mkdir(parents=True, exist_ok=True)
    b = Browser(site, math)
    for width in (wide,narrow):
        for colour in ('light','dark'):
            file = lambda name: folder/f'{Path(html_path(name)).with_suffix("").as_posix().replace("/","_")}_{width}_{colour}.png'
            work = lambda context, name: b.shoot(context, name, file(name))
            asyncio.run(b.run([site.name(p) for p in site.chosen], work, viewport=dict(width=width, height=900), color_scheme=colour))
    print(f'{4*len(site.chosen)} screenshots in {folder}')

# ---- what the check itself is worth

png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

def md(*texts): return [dict(cell_type='markdown', metadata={}, source=t) for t in texts]

def code(text, **data):
    outputs = [dict(output_type='execute_result', execution_count=1, metadata={}, data=data)] if data else []
    return dict(cell_type='code', metadata={}, execution_count=1, source=text, outputs=outputs)

planted = {                                                           # page: cells, and the kind of fault that must be found there
    'good.ipynb': (md('# Good\n\n> Nothing is wrong here', '## A section', '[to it](#a-section) and [on](sub/05_other.ipynb#there)',
        f'A formula $x_1^2$ and $$\\frac{{a}}{{b}}$$\n\n![dot](data:image/png;base64,{png})',
        '[![Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/)',
        f'[Our site]({site_url}sub/other.html#there), [the world](https://example.org/none).', 'As a list:', '- one\n- two',
        'A wide table:\n\n|'+'|'.join(['column']*40)+'|\n|'+'---|'*40+'\n|'+'|'.join(['123456']*40)+'|', 'A number:')
        + [code('1+1', **{'text/plain':'2'}), code('box', **{'text/html':'<div style="width:900px">scrolls in its own box</div>'}),
           code('x = "'+'a'*300+'"')], None),
    'sub/05_other.ipynb': (md('# Other', '## There', '[back](../good.ipynb)'), None),
    'image_file.ipynb': (md('# P', '![no file](none.png)'), 'broken image'),
    'image_data.ipynb': (md('# P', '![no picture](data:image/png;base64,AAAA)'), 'broken image'),
    'image_output.ipynb': (md('# P')+[code('show()', **{'image/png':'AAAA'})], 'broken image'),
    'link_page.ipynb': (md('# P', '[gone](sub/06_gone.ipynb)'), 'dead link'),
    'link_file.ipynb': (md('# P', '[outside](../CONTRIBUTING.md)'), 'dead link'),
    'link_anchor.ipynb': (md('# P', '[no such section](good.ipynb#a-sektion)'), 'dead link'),
    'link_own.ipynb': (md('# P', '[no such section](#p-2)'), 'dead link'),
    'link_site.ipynb': (md('# P', f'[gone]({site_url}api/gone.html#x)'), 'dead link'),
    'math_wrong.ipynb': (md('# P', 'See $\\frac{a}{$ here, and $\\notacommand{x}$.'), 'formula'),
    'math_raw.ipynb': (md('# P', 'Open $$x^2 = \\sum_i y_i'), 'formula'),
    'math_spaces.ipynb': (md('# P', 'So $ x_1 = 2 $ it is.'), 'formula'),
    'wide_text.ipynb': (md('# P', '<p style="white-space:nowrap">'+'a long line '*20+'</p>'), 'too wide'),
    'wide_math.ipynb': (md('# P', 'It is $'+'a_1 + '*30+'b$ then.'), 'too wide'),
    'wide_box.ipynb': (md('# P', '<div style="width:900px">box</div>'), 'too wide'),
    'script.ipynb': (md('# P', '<script>undefined_name.x</script>'), 'console error'),
    'console.ipynb': (md('# P')+[code('show()', **{'text/html':'<script>console.error("oh")</script>'})], 'console error'),
    'network.ipynb': (md('# P', '<img src="https://example.org/x.png" alt="x">'), 'asks the network'),
    'colon_hidden.ipynb': (md('# P', 'This is how:')+[code('#| hide\nx = 1')]+md('And on it goes.'), 'colon before nothing'),
    'colon_end.ipynb': (md('# P', 'The rest is:')+[code('#| include: false\nx')], 'colon before nothing'),
    'colon_heading.ipynb': (md('# P', 'Like this:\n\n## Next\n\nText.'), 'colon before nothing'),
    'docs.ipynb': (md('# P')+[code('#| export\nclass Odd:\n    "Cannot be told"\n    def __repr__(self): raise ValueError("no")\n'
        'def shy(x=Odd()): "Not told"')], 'no documentation'),
    '07_twice.ipynb': (md('# P'), None), 'twice.ipynb': (md('# P'), None)}

def plant(folder):
    "Write the planted pages, staged by nbdev's own processors"
    from nbdev.processors import FilterDefaults
    from nbdev.serve_drv import exec_nb
    os.chdir(root)
    for name,(cells,_) in planted.items():
        src,dst = folder/'nbs'/name,folder/'staged'/name
        for p in (src,dst): p.parent.mkdir(parents=True, exist_ok=True)
        cells = [dict(c, id=f'cell-{i}') for i,c in enumerate(cells)]
        src.write_text(json.dumps(dict(cells=cells, metadata=dict(kernelspec=dict(name='python3', language='python',
            display_name='python3')), nbformat=4, nbformat_minor=5)), encoding='utf-8')
        exec_nb(src, dst, FilterDefaults)
    (folder/'TEXT.md').write_text(f'# T\n\n[a](TEXT.md) [b](none.md) [c](#t) [d](#u) [e]({site_url}none.html) [f]({site_url}good.html)\n')
    return folder/'staged'

def not_found(faults, in_browser):
    "Planted faults that were missed, and faults that nobody planted"
    got = {(f.page,f.kind) for f in faults}
    want = {(name,kind) for name,(_,kind) in planted.items() if kind} | {('twice.html','same name'),('TEXT.md','dead link')}
    seen_by_browser = {'too wide','console error','asks the network'}
    by_browser = {('image_data.ipynb','broken image'),('image_output.ipynb','broken image'),('math_wrong.ipynb','formula'),
                  ('math_raw.ipynb','formula')}
    if not in_browser: want = {o for o in want-by_browser if o[1] not in seen_by_browser}
    yield from (f'missed: {kind} on {page}' for page,kind in sorted(want-got))
    also = {('network.ipynb','broken image')}                         # a picture that was not let in is a broken one too
    yield from (f'nobody planted: {f}' for f in faults if (f.page,f.kind) not in want|also)
    text = [f.what.split(':')[0] for f in faults if f.page=='TEXT.md']
    if text!=['none.md','#u',site_url.split(':')[0]]: yield f'links of a text: {text}'

def prove(must):
    "Plant one fault of each kind, and see that each is found by name and that nothing else is"
    missing = why_no_browser()
    math = None if missing else mathjax()
    with tempfile.TemporaryDirectory() as d:
        d = Path(d)
        with ProcessPoolExecutor(1) as pool: staged = pool.submit(plant, d).result()   # apart: staging takes the place of `__main__`
        site = Site(staged, d/'out')
        faults = [*static_faults(site), *text_links(site, d/'TEXT.md')]
        if not missing: faults += browser_faults(site, math)
        wrong = list(not_found(faults, not missing))
    for f in faults: print(f'  {f.kind:22}{f.page:22}{f.what[:100]}')
    if missing: print(f"the browser's part is skipped: {missing}")
    print('\n'.join(wrong) or f'each of {len(faults)} planted faults is found by name, and nothing is found on good pages')
    return int(bool(wrong) or bool(missing) and must)

def check(args):
    "Stage, render, look, and tell"
    start = time.time()
    missing = why_no_browser()
    math = None if missing else mathjax()
    with tempfile.TemporaryDirectory() as d:
        site = Site(args.staged or stage(), d, args.only)
        print(f'{len(site.all)} pages staged and rendered, {time.time()-start:.0f} s', flush=True)
        faults = list(static_faults(site))
        if not args.only: faults += [f for name in files_with_links for f in text_links(site, root/name)]
        if not missing: faults += browser_faults(site, math)
        if args.shots and not missing: screenshots(site, math, args.shots)
    for f in faults: print(f'{f.page}: {f.kind}: {f.what}')
    skipped = [f'no browser: {missing}'] if missing else [] if math else ['no MathJax: formulas were not judged']
    for s in skipped: print(s)
    print(f'{len(site.chosen)} pages, {len(faults)} faults, {time.time()-start:.0f} s')
    return int(bool(faults) or bool(skipped) and args.must)

def main():
    args = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    args.add_argument('--only', nargs='+', default=[], help='pages whose file name or path begins so')
    args.add_argument('--shots', type=Path, help='folder for screenshots of these pages')
    args.add_argument('--staged', type=Path, help='a folder with pages that are staged already')
    args.add_argument('--prove', action='store_true', help='check the check: plant one fault of each kind')
    args.add_argument('--must', action='store_true', help='fail where a browser or MathJax is missing')
    args = args.parse_args()
    return prove(args.must) if args.prove else check(args)

if __name__=='__main__': sys.exit(main())
