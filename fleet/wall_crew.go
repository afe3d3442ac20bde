package fleet

import "sync"

// mostIdle is how many goroutines are kept for requests to come: about as many requests
// as ten thousand viewers have under way at once.
const mostIdle = 256

// crew is goroutines that make requests, one at a time each. One that has made a request
// keeps the stack that it has grown for the next: a new goroutine's would have to be
// grown, and so copied, for every request.
type crew struct {
	mu     sync.Mutex
	idle   []chan *socketCall // the one that became idle last is used next
	closed bool
	all    sync.WaitGroup
}

// make makes a request on a goroutine.
func (c *crew) make(one *socketCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last := len(c.idle) - 1; last >= 0 {
		c.idle[last] <- one // there is room for it: nobody else knows this one
		c.idle = c.idle[:last]
		return
	}
	c.all.Go(func() { c.work(one) })
}

// work makes one request after another until enough others wait for more.
func (c *crew) work(one *socketCall) {
	next := make(chan *socketCall, 1)
	for one != nil {
		one.run()
		if !c.rest(next) {
			return
		}
		one = <-next
	}
}

// rest joins those who wait, if there is need of one more.
func (c *crew) rest(next chan *socketCall) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.idle) == mostIdle {
		return false
	}
	c.idle = append(c.idle, next)
	return true
}

// close sends everybody home, and waits until they are.
func (c *crew) close() {
	c.mu.Lock()
	c.closed = true
	for _, next := range c.idle {
		close(next)
	}
	c.idle = nil
	c.mu.Unlock()
	c.all.Wait()
}
