// One token, kept fresh as the policy says. The two schedulers in use differ in
// what follows a failed call: the guide's samples wait for policy.retry, the Gcore
// plugin (retry 0) plans by the expiry that it still holds, which is the floor.
const pairForm = /\/([A-Za-z0-9_-]{6,})\/(1\d{9,})\//

class Session {
  constructor(policy, api) {
    Object.assign(this, { policy, api })
  }

  // start gets the first token and returns the answer's URL.
  async start() {
    const answer = await this.call()
    const url = this.policy.ipBound ? answer.url_ip : answer.url
    if (this.policy.seed === 'url') {
      const found = pairForm.exec(url)
      if (!found) return url // never refreshed
      this.install(found[1], Number(found[2]))
    } else {
      this.take(answer)
    }
    this.original = { ...this.held }
    this.plan()
    return url
  }

  async call() {
    const response = await fetch(this.api)
    if (!response.ok) throw new Error(`token API answered ${response.status}`)
    return response.json()
  }

  take(answer) {
    this.install(this.policy.ipBound ? answer.token_ip : answer.token, answer.expires)
  }

  install(token, expires) {
    this.held = { token, expires }
  }

  plan() {
    const { lead, floor } = this.policy
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.refresh(), Math.max(floor, this.held.expires * 1000 - Date.now() - lead))
  }

  async refresh() {
    try {
      this.take(await this.call())
    } catch {
      if (this.policy.retry) {
        setTimeout(() => this.refresh(), this.policy.retry)
        return
      }
    }
    this.plan()
  }

  // rewrite puts the token in force into a URL.
  rewrite(url) {
    if (!this.held) return url
    const now = `/${this.held.token}/${this.held.expires}/`
    switch (this.policy.rewrite) {
      case 'never':
        return url
      case 'original': {
        const first = `/${this.original.token}/${this.original.expires}/`
        return url.replace(first, () => now)
      }
    }
    return url.replace(pairForm, () => now)
  }
}
