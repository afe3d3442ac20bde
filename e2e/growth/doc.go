// Package growth finds what grows in a run that goes on: the live heap, goroutines, file
// descriptors and connections of the process that plays the viewers.
//
// Viewers come and go, zap, renew their tokens, and the same faults strike again in
// every cycle of the run: that is where leaks live. The process is read many times a
// cycle; a line of least squares through the means of whole cycles tells what a
// quantity gains in an hour, and how sure that is:
//
//	heap │ ·. .'· .·'. ·'. '·.      a Reading
//	     │ ──── ──── ──── ────      its cycle's mean; what happens within a cycle is no growth
//	     └─ramp─────────────────▶
//
// A quantity grows when it surely gains more than a stated bound. Over sockets the lab
// is a process of its own, so that what is read is the generator's alone.
//
//	go test -tags e2e -v ./e2e/growth     half a minute over sockets, half a day in virtual time
//	./scripts/soak                        half an hour of 2,000 viewers, and a day of 200
package growth
