package fleet

import (
	"time"

	"soak/qoe"
	"soak/refresher"
	"soak/token"
)

// zap changes the stream as a page does: the player goes, the page asks the token
// API for the new stream, and makes a new player. The refresher stays and is told.
func (l *life) zap(to channel) {
	v := l.v
	v.player.Stop()
	v.player = nil
	l.channel, l.waiting = to, false
	l.session++
	v.wished = v.clock.Now()
	if v.refresher == nil {
		v.play(v.scenario.Target.URL)
		return
	}
	l.api.reach(v.source(to))
	l.askFor(l.session, 1)
}

// askFor is the page's own call for the stream that was chosen. The viewer may
// have chosen another one, or left, before the answer comes.
func (l *life) askFor(session, try int) {
	v := l.v
	l.api.Call(0, func(a refresher.Answer) {
		if v.left || l.away || session != l.session {
			return
		}
		sample := qoe.Refresh{
			Call: l.api.made, Start: a.Start, Took: a.End.Sub(a.Start), Status: a.Status, Failure: a.Failure,
			Reason: qoe.FirstToken, Installed: a.OK(), Life: a.Grant.Life(v.Date()),
		}
		if a.OK() {
			url := firstURL(v.scenario.Target.URL, v.policy, a, a.Grant)
			if problem := v.refresher.Switch(a, url); problem != "" {
				sample.Installed, sample.Problem = false, token.Redact(problem)
			}
			v.emit(sample)
			v.play(url)
			return
		}
		sample.Life, sample.Problem = 0, token.Redact(firstOf(a.Detail, string(a.Failure)))
		v.emit(sample)
		if try < v.policy.FirstTries {
			v.Set(nil, max(v.policy.Retry, time.Second), func() { l.askFor(session, try+1) })
			return
		}
		v.die("token of the stream zapped to: "+firstOf(a.Detail, string(a.Failure)), qoe.Token)
	})
}
