// What the guide's pages share: a token that is fetched anew before it expires,
// and a rewriter that puts it into every URL.
async function protectedStream({ api, lead }) {
  const pair = /\/([A-Za-z0-9_-]{6,})\/(1\d{9,})\//
  const state = { token: '', expires: 0, refreshes: 0 }

  async function fetchToken() {
    const res = await fetch(api)
    if (!res.ok) throw new Error(`token API answered ${res.status}`)
    return res.json()
  }
  function install(d) {
    state.token = d.token
    state.expires = d.expires
    setTimeout(refresh, Math.max(1000, (d.expires - Date.now() / 1000 - lead) * 1000))
  }
  async function refresh() {
    install(await fetchToken())
    state.refreshes++
  }
  const first = await fetchToken()
  install(first)
  return {
    url: first.url,
    state,
    rewrite: (url) => url.replace(pair, `/${state.token}/${state.expires}/`),
  }
}

// report is what the test reads: the playhead, and everything that went wrong.
const report = { position: 0, errors: [], refused: 0, refreshes: 0, ready: false }
window.report = report
