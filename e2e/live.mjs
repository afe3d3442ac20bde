// Watches a run under way in headless Chromium, injects an outage, holds arrivals and
// stops the run, and writes one JSON object with what it saw.
//
//	node live.mjs URL [PICTURES]    with two pictures, PICTURES-1280.png and PICTURES-390.png
import { chromium } from 'playwright-core'

const [url, pictures] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
})
const seen = { errors: [], violations: [], outside: [] }

// open gives the page, and what goes wrong in it from its first byte on.
const open = async (options) => {
  const page = await (await browser.newContext(options)).newPage()
  page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') seen.errors.push(m.text()) })
  page.on('pageerror', (e) => seen.errors.push(e.message))
  page.on('request', (r) => { if (!r.url().startsWith(new URL('/', url).href)) seen.outside.push(r.url()) })
  page.on('dialog', (d) => d.accept())
  await page.exposeFunction('violated', (what) => seen.violations.push(what))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => window.violated(`${e.violatedDirective} ${e.blockedURI}`))
  })
  await page.goto(url)
  await page.waitForFunction(() => document.getElementById('clock').textContent !== '')
  return page
}

// painted tells for each chart how many of its canvas' pixels are.
const painted = () => Object.fromEntries([...document.querySelectorAll('.plot')].map((box) => {
  const canvas = box.querySelector('canvas')
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
  let n = 0
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i]) n++
  return [box.id, n]
}))

const text = (page, id) => page.locator(`#${id}`).textContent()
const changes = (page, id, was) => page.waitForFunction(([id, was]) => document.getElementById(id).textContent !== was, [id, was], { timeout: 20_000, polling: 50 })
const state = (page, want) => page.waitForFunction((want) => document.body.dataset.state === want, want, { timeout: 20_000, polling: 50 })

try {
  const page = await open({ viewport: { width: 1280, height: 1000 }, colorScheme: 'light' })
  const narrow = await open({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
  seen.waiting = await text(page, 'verdict')
  await page.click('#start')
  await state(page, 'running')

  // It goes on by itself.
  await page.waitForFunction(() => soak.spec('requests').x.values.length > 4, null, { timeout: 30_000, polling: 100 })
  const [clock, values] = [await text(page, 'clock'), await page.evaluate(() => soak.spec('requests').x.values.length)]
  await changes(page, 'clock', clock)
  await page.waitForFunction((n) => soak.spec('requests').x.values.length > n, values, { timeout: 20_000, polling: 50 })

  // Charts grow with time, unless somebody looks closer.
  seen.grows = await page.evaluate(() => ['requests', 'calls'].every((id) => soak.plots.get(id).scales.x.max === soak.spec(id).x.values.at(-1)))
  await page.evaluate(() => soak.plots.get('requests').setScale('x', { min: 1, max: 3 }))
  await changes(page, 'clock', await text(page, 'clock'))
  seen.stays = await page.evaluate(() => soak.plots.get('requests').scales.x.max)

  // A fault that somebody injects shows in words, in the charts, and in what comes of it.
  await page.selectOption('#kind', 'api-outage')
  seen.needs = await page.locator('#fault label:visible').count()
  await page.fill('#for', '12')
  const clicked = Date.now()
  await page.click('#inject')
  await page.waitForFunction(() => soak.spec('calls').bands?.length > 0 && document.getElementById('byhand').textContent.includes('token API'), null, { timeout: 20_000, polling: 20 })
  seen.showedAfter = Date.now() - clicked
  seen.said = await text(page, 'said')
  await page.waitForFunction(() => /[1-9]\d* failed/.test([...document.querySelectorAll('#tiles div')].find((d) => d.textContent.startsWith('Token calls')).textContent), null, { timeout: 30_000, polling: 100 })
  await page.waitForFunction(() => soak.spec('trouble').series.some((s) => s.name.includes('token') && s.values.some((v) => v > 0)), null, { timeout: 20_000, polling: 100 })
  seen.failed = true

  await page.click('#hold')
  await state(page, 'held')
  seen.held = await page.locator('#resume').isVisible()
  await page.click('#resume')
  await state(page, 'running')

  seen.drawn = await page.evaluate(painted)
  await page.locator('#calls').focus()
  await page.keyboard.press('Home')
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
  seen.cursor = [await text(page, 'calls-at'), await text(page, 'requests-at')]
  seen.narrow = { scroll: await narrow.evaluate(() => document.documentElement.scrollWidth), paper: await narrow.evaluate(() => getComputedStyle(document.body).backgroundColor), clock: await text(narrow, 'clock') }
  if (pictures) {
    await page.waitForFunction(() => soak.spec('requests').x.values.length > 40, null, { timeout: 90_000, polling: 500 })
    await page.keyboard.press('Escape')
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }))
    await page.screenshot({ path: `${pictures}-1280.png` })
    await narrow.locator('#calls-title').evaluate((e) => e.scrollIntoView({ block: 'start', behavior: 'instant' }))
    await narrow.screenshot({ path: `${pictures}-390.png` })
  }

  await page.click('#stop')
  await state(page, 'over')
  seen.verdict = await text(page, 'verdict')
  await page.waitForFunction(() => document.getElementById('link').textContent.includes('over'), null, { timeout: 20_000 })
  seen.buttons = await page.locator('#control button[data-do]:visible').count()
  console.log(JSON.stringify(seen))
} finally {
  await browser.close()
}
