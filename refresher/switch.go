package refresher

import "soak/qoe"

// Switch hands over the first answer for another stream, as the page does that
// asked for it: url is what the player was given. A policy with SeedURL adopts the
// pair in it; others install the answer's grant, and it becomes the original.
//
// A policy without Overlap gives up the call under way, which would bring the old
// stream's grant. With Overlap that call goes on and its grant is installed when it
// comes (H34). The problem, empty when there is none, tells why the grant was not
// installed.
func (r *Refresher) Switch(a Answer, url string) (problem string) {
	if r.stopped {
		return ""
	}
	if r.policy.Seed == SeedURL {
		r.Adopt(url)
		return ""
	}
	if !r.policy.Overlap {
		r.giveUpCalls()
	}
	r.held, r.ready = offer{}, nil // the old stream's grant is no measure for the new one's
	got, problem := r.judge(&a)
	if problem != "" {
		return problem
	}
	r.original, r.failures, r.timeouts = got.grant, 0, 0
	r.install(got)
	r.schedule(qoe.Scheduled)
	r.settle(true)
	return ""
}

// giveUpCalls cancels what is under way.
func (r *Refresher) giveUpCalls() {
	for _, f := range r.flights {
		f.timer.Stop()
		f.cancel(qoe.CancelFailure)
		r.report(f, &Answer{Failure: qoe.CancelFailure, Detail: "another stream was chosen"}, &offer{}, "another stream was chosen")
	}
	r.flights = nil
}
