// Opens a page in headless Chromium and writes one JSON line a second with what
// the page reports, for a bounded number of seconds.
//
//	node play.mjs URL SECONDS
import { chromium } from 'playwright-core'

const [url, seconds] = [process.argv[2], Number(process.argv[3])]
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio',
    '--autoplay-policy=no-user-gesture-required', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
})
try {
  const page = await browser.newPage()
  const outside = []
  page.on('request', (r) => {
    const { hostname, protocol } = new URL(r.url())
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') outside.push(r.url())
  })
  page.on('pageerror', (e) => console.error(`page: ${e.message}`))
  await page.goto(url)
  for (let s = 0; s < seconds; s++) {
    await page.waitForTimeout(1000)
    console.log(JSON.stringify({ ...(await page.evaluate(() => window.report)), outside }))
  }
} finally {
  await browser.close()
}
