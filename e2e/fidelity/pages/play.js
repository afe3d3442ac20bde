// Plays what the page's `play` says, from the instant that the harness sets, and
// reports to it. make(video, url, session, watch) is the page's own: it starts
// the player and returns what the viewer's steps need.
async function playFrom(make) {
  const video = document.getElementById('video')
  await warmUp()
  const { begin, api } = await (await fetch('/begin')).json()
  // Timers may be early by less than a millisecond, or late: come early, then look.
  await new Promise((go) => setTimeout(go, begin - trueNow() - 15))
  while (trueNow() < begin);
  const watch = new Watch(video, begin)
  const session = new Session(play.policy, api)
  setTimeout(() => report(watch), begin + play.length * 1000 - trueNow())
  let url
  try {
    url = await session.start()
  } catch {
    return // the guide's pages write it to the console, and that is all
  }
  try {
    const player = make(video, play.file ? url.replace(/[^/]*$/, play.file) : url, session, watch)
    schedule(watch, video, player)
  } catch (e) {
    watch.broken = String(e)
  }
}

async function report(watch) {
  await fetch('/done', { method: 'POST', body: JSON.stringify({ ...watch.end(), broken: watch.broken }) })
}

// schedule has the viewer do what the play's steps say, and undo what has an end.
function schedule(watch, video, player) {
  const deeds = {
    pause: () => video.pause(),
    play: () => video.play(),
    seek: (step) => {
      watch.seeks()
      video.currentTime = placeOf(step.to, video, player)
    },
    quality: (step) => (step.auto ? player.automatic() : player.choose(step)),
    move: () => {}, // the network's business
  }
  const undo = { pause: deeds.play, quality: () => player.automatic(), move: deeds.move }
  const at = (seconds, what) => setTimeout(() => {
    try {
      what()
    } catch (e) {
      watch.broken = String(e)
    }
  }, (seconds - watch.now()) * 1000)
  for (const step of play.steps ?? []) {
    if (!deeds[step.do] || (step.for && !undo[step.do])) throw new Error(`step ${step.do}: not known to the page`)
    at(step.at, () => deeds[step.do](step))
    if (step.for) at(step.at + step.for, () => undo[step.do](step))
  }
}

// placeOf reads -12s and +1m30s (from here), 90s and start+10s (from the beginning,
// or the DVR window's), live and live-6s.
function placeOf(text, video, player) {
  const parts = /^(live|start)?([+-]?)(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?$/.exec(text)
  if (!parts) throw new Error(`place ${text}: not known to the page`)
  const [, name, sign, hours = 0, minutes = 0, rest = 0] = parts
  const seconds = (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest)) * (sign === '-' ? -1 : 1)
  if (name === 'live') return player.live() + seconds
  if (name === 'start' || !sign) return video.seekable.start(0) + seconds
  return video.currentTime + seconds
}

// warmUp has the browser load its decoders and open its outputs, which the first
// picture of a fresh process would wait for and the player has no part in.
async function warmUp() {
  const fetched = async (file) => (await fetch(`/warm/${file}`)).arrayBuffer()
  const [, picture, sound] = /CODECS="([^,]*),([^"]*)"/.exec(await (await fetch('/warm/master.m3u8')).text())
  const video = document.createElement('video')
  video.muted = true
  const source = new MediaSource()
  const url = (video.src = URL.createObjectURL(source))
  await new Promise((open) => source.addEventListener('sourceopen', open, { once: true }))
  const add = async (type, folder) => {
    const buffer = source.addSourceBuffer(type)
    for (const file of ['init.mp4', '0.m4s']) {
      buffer.appendBuffer(await fetched(`${folder}/${file}`))
      await new Promise((done) => buffer.addEventListener('updateend', done, { once: true }))
    }
  }
  await Promise.all([add(`video/mp4; codecs="${picture}"`, 'v1'), add(`audio/mp4; codecs="${sound}"`, 'a1')])
  await video.play()
  await new Promise((go) => setTimeout(go, 1000))
  video.removeAttribute('src')
  video.load()
  URL.revokeObjectURL(url)
}
