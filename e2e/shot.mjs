// Takes a picture of a page on disk, as scripts/screenshots wants it.
//
//	node shot.mjs FILE OUT.png WIDTH HEIGHT THEME [SELECTOR]    begins at the element, which is opened
import { chromium } from 'playwright-core'

const [file, out, width, height, theme, selector] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
})
try {
  const page = await browser.newPage({ viewport: { width: Number(width), height: Number(height) }, colorScheme: theme })
  await page.goto(`file://${file}`)
  if (selector) await page.locator(selector).first().evaluate((e) => {
    if (e instanceof HTMLDetailsElement) e.open = true
    e.scrollIntoView({ block: 'start', behavior: 'instant' })
  })
  await page.screenshot({ path: out })
} finally {
  await browser.close()
}
