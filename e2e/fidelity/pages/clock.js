// Sets the viewer's calendar clock wrong before any other script reads it. Timers
// and performance.now() stay right, as on a machine whose clock was set wrong.
const trueNow = Date.now.bind(Date)
if (play.skew) {
  const True = Date
  globalThis.Date = class extends True {
    constructor(...at) {
      if (at.length) super(...at)
      else super(trueNow() + play.skew)
    }
    static now() {
      return trueNow() + play.skew
    }
  }
}
