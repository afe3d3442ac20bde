// Opens a page of soak from disk in headless Chromium, wide and light, narrow and dark,
// and writes one JSON line for each with what it saw; then one without scripts.
//
//	node page.mjs FILE
import { chromium } from 'playwright-core'

const file = process.argv[2]
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
})

// open gives a page and what goes wrong in it from its first byte on.
const open = async (options) => {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const wrong = { errors: [], violations: [], outside: [] }
  page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') wrong.errors.push(m.text()) })
  page.on('pageerror', (e) => wrong.errors.push(e.message))
  page.on('request', (r) => { if (!r.url().startsWith('file:')) wrong.outside.push(r.url()) })
  await page.addInitScript(() => {
    window.violations = []
    document.addEventListener('securitypolicyviolation', (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`))
  })
  await page.goto(`file://${file}`)
  return { context, page, wrong }
}

// drawn tells for each chart how many of its canvas' pixels are painted.
const drawn = () => Object.fromEntries([...document.querySelectorAll('.plot')].map((box) => {
  const canvas = box.querySelector('canvas')
  const pixels = canvas?.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data ?? []
  let painted = 0
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i]) painted++
  return [box.id, painted]
}))

// cursors moves the cursor of each chart with the keyboard and reads the text there.
const cursors = async (page) => {
  const said = {}
  for (const box of await page.locator('.plot').all()) {
    await box.focus()
    await page.keyboard.press('Home')
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
    const id = await box.getAttribute('id')
    said[id] = await page.locator(`#${id}-at`).textContent()
  }
  return said
}

// figures puts long ones into the first card and tells on how many lines each stands; null
// on pages without cards.
const figures = () => {
  const card = document.querySelector('.tiles dd')
  if (!card) return null
  const text = card.firstChild
  const range = document.createRange()
  return ['12,345,678', '−9,876,543'].map((figure) => {
    text.data = figure
    range.selectNodeContents(text)
    return card.scrollWidth > card.clientWidth ? 0 : new Set([...range.getClientRects()].map((r) => r.top)).size
  })
}

// linked moves the cursor of one timeline and reads another; null on other pages.
const linked = async (page) => {
  if (await page.locator('#viewers').count() === 0) return null
  await page.locator('#viewers').focus()
  await page.keyboard.press('Home')
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
  return Promise.all(['calls', 'buffer'].map((id) => page.locator(`#${id}-at`).textContent()))
}

// diary opens the diary of the viewer who lost most, by keyboard and by pointer, and one
// of an ordinary viewer; null on other pages.
const diary = async (page) => {
  const link = page.locator('a[data-opens]').first()
  if (await link.count() === 0) return null
  const open = () => page.locator('details.life[open]').count()
  const seen = { before: await open() }
  await link.focus()
  await page.keyboard.press('Enter')
  seen.byKey = await open()
  const life = page.locator(`#${await link.getAttribute('data-opens')}`)
  seen.focused = await life.locator('summary').evaluate((e) => e === document.activeElement)
  seen.rows = await life.locator('tbody tr').count()
  seen.text = await life.locator('tbody').innerText()
  seen.bars = await life.locator('tbody path').evaluateAll((all) => all.filter((e) => e.getBoundingClientRect().width >= 0.5).length)
  const axis = await life.locator('th.axis').boundingBox()
  seen.astray = await life.locator('tbody path').evaluateAll((all, box) => all.filter((e) => {
    const b = e.getBoundingClientRect()
    return b.left < box.x - 1 || b.right > box.x + box.width + 1
  }).length, axis)
  await page.keyboard.press('Enter')
  seen.closed = await open()
  await page.locator('details.life').last().locator('summary').click()
  seen.byPointer = await open()
  return seen
}

// map walks over the map of soak tune with pointer and keys; null on other pages.
const map = async (page) => {
  const fields = page.locator('td[data-cell]:visible')
  if (await fields.count() === 0) return null
  const panel = () => page.locator('.picked dl').textContent()
  const seen = [await panel()]
  await fields.nth(3).hover()
  seen.push(await panel())
  await fields.first().click()
  await page.keyboard.press('ArrowDown')
  seen.push(await panel())
  return { panel: seen, here: await page.locator('td.here').count(), frontier: await page.locator('#frontier-chart-at').textContent() }
}

try {
  for (const [width, theme] of [[1280, 'light'], [390, 'dark']]) {
    const { context, page, wrong } = await open({ viewport: { width, height: 900 }, colorScheme: theme })
    const seen = { width, theme, drawn: await page.evaluate(drawn) }
    seen.scroll = await page.evaluate(() => document.documentElement.scrollWidth)
    seen.paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    seen.cursors = await cursors(page)
    const at = await linked(page)
    Object.assign(seen, { linked: at?.[0], linkedBand: at?.[1] })
    seen.map = await map(page)
    seen.diary = await diary(page)
    seen.figures = await page.evaluate(figures)
    await page.click('#theme')
    await page.click('#theme')
    seen.toggled = await page.evaluate(() => getComputedStyle(document.body).backgroundColor) // dark now
    seen.violations = await page.evaluate(() => window.violations)
    Object.assign(seen, { errors: [...wrong.errors], outside: wrong.outside })
    await page.evaluate(() => setTimeout('window.evals = 1', 0)) // which the policy takes for an eval
    await page.waitForTimeout(50)
    seen.evals = await page.evaluate(() => window.evals ?? 0)
    seen.injected = await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.injected = 1'
      document.body.append(script)
      return window.injected ?? 0
    })
    console.log(JSON.stringify(seen))
    await context.close()
  }
  const { context, page } = await open({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false })
  console.log(JSON.stringify({ scriptless: await page.locator('body').innerText(), plots: await page.locator('.plot:visible').count() }))
  await context.close()
} finally {
  await browser.close()
}
