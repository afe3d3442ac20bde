// Watches a media element and keeps what became of the play, in the terms and
// units of observation.go: seconds since the viewer wished to play.
class Watch {
  static period = 20 // ms between looks at currentTime
  static stillness = 0.1 // s without movement that make a stall
  static jump = 0.09 // s of movement that time does not explain: less than hls.js nudges
  static start = 0.5 // s; before the first movement, larger ones are seeks to the start

  constructor(video, begin) {
    this.video = video
    // Where performance.now() stood when the calendar said begin.
    this.zero = performance.now() - (trueNow() - begin)
    this.seen = { startup: -1, stalls: [], skips: [], shown: [], errors: [], playhead: [] }
    this.last = { at: this.now(), position: 0 }
    this.lag = 0
    this.timer = setInterval(() => this.look(), Watch.period)
  }

  now() {
    return (performance.now() - this.zero) / 1000
  }

  look() {
    const at = this.now()
    const { currentTime: position, paused, ended, playbackRate } = this.video
    const waited = at - this.last.at
    const moved = position - this.last.position
    this.lag = Math.max(this.lag, waited)
    if (at >= this.seen.playhead.length / 2) this.seen.playhead.push({ at, position })
    if (this.seen.startup < 0) this.await(at, moved)
    else if (paused || ended) this.rest(at, moved)
    else this.follow(at, moved, waited * playbackRate)
    this.last = { at, position }
    this.idle = paused || ended
  }

  // await looks for the first movement: two steps in a row that are no seek.
  await(at, moved) {
    if (!(moved > 0 && moved < Watch.start) || this.video.seeking) {
      this.first = undefined
    } else if (this.first === undefined) {
      this.first = this.last.at
    } else {
      this.seen.startup = this.first
      this.still = at
    }
  }

  // seeks says that the viewer jumps: what is left out then is no skip.
  seeks() {
    this.look()
    this.sought = true
  }

  // rest is a picture that stands still by the viewer's wish, or at the end. The
  // player may jump meanwhile.
  rest(at, moved) {
    if (!this.idle) this.settle(this.last.at)
    else if (moved > Watch.jump && !this.sought) this.seen.skips.push({ at, amount: moved })
    if (moved) this.sought = false
    this.still = at
  }

  follow(at, moved, expected) {
    const jumped = moved - expected > Watch.jump
    if (jumped && !this.sought) this.seen.skips.push({ at, amount: moved - (this.stalled ? 0 : expected) })
    if (jumped || moved < 0) this.sought = false
    if (moved > 0 && !jumped) {
      this.settle(this.last.at)
      this.still = at
    } else if (!this.stalled && at - this.still >= Watch.stillness) {
      this.stall()
    }
  }

  // stall opens a stall, or goes on with one that ended less than a look ago: the
  // clock of a starved element twitches.
  stall() {
    const before = this.seen.stalls.at(-1)
    if (before && this.still - before.at - before.took < Watch.stillness) this.stalled = before
    else this.seen.stalls.push((this.stalled = { at: this.still, took: 0 }))
  }

  settle(at) {
    if (!this.stalled) return
    this.stalled.took = at - this.stalled.at
    this.stalled = undefined
  }

  show(bitrate) {
    if (this.seen.shown.at(-1)?.bitrate !== bitrate) this.seen.shown.push({ at: this.now(), bitrate })
  }

  trouble(what, fatal, gaveUp) {
    if (this.seen.errors.length < 200) this.seen.errors.push({ at: this.now(), what, fatal, gaveUp })
    this.fatal ||= fatal
  }

  // end says what was seen until now, once the element has been looked at for the
  // last time.
  end() {
    clearInterval(this.timer)
    const at = this.now()
    if (this.stalled) {
      this.stalled.took = at - this.stalled.at
      this.stalled.open = true
    }
    return { ...this.seen, final: this.final(), lag: this.lag }
  }

  final() {
    if (this.seen.startup < 0) return 'never'
    if (this.fatal) return 'fatal'
    if (this.video.ended) return 'playing'
    if (this.video.paused) return 'paused'
    return this.stalled ? 'frozen' : 'playing'
  }
}
