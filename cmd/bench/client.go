package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"soak/http1"
)

// be is a client: connections that each ask for the same thing again and again, as
// viewers with one connection each would. It prints the processor time of a request in
// nanoseconds.
func be(o options, stdout io.Writer) error {
	each, err := clientOf(o)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	failed := make(chan error, 2*o.conns)
	round := func(n int) {
		for i := range o.conns {
			all.Go(func() {
				if err := each(i, n/o.conns); err != nil {
					failed <- err
				}
			})
		}
		all.Wait()
	}
	round(2 * o.conns) // opens the connections
	began := used()
	round(o.requests)
	spent := used() - began
	select {
	case err := <-failed:
		return err
	default:
	}
	_, err = fmt.Fprintln(stdout, int64(spent)/int64(o.requests/o.conns*o.conns))
	return err
}

// used is the processor time of this process.
func used() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// clientOf gives a function that makes n requests over connection i.
func clientOf(o options) (func(i, n int) error, error) {
	insecure := &tls.Config{InsecureSkipVerify: true} // the origin's certificate was made a second ago
	switch o.client {
	case "lean":
		buffers := &http1.Buffers{}
		viewers := make([]http1.Client, o.conns)
		for i := range viewers {
			viewers[i].Dial, viewers[i].Now, viewers[i].TLS, viewers[i].Buffers = new(net.Dialer).DialContext, time.Now, insecure, buffers
		}
		return func(i, n int) error { return lean(&viewers[i], o.url, n) }, nil
	case "net":
		viewers := make([]http.Transport, o.conns)
		for i := range viewers {
			viewers[i].TLSClientConfig, viewers[i].DisableCompression = insecure, true
		}
		return func(i, n int) error { return standard(&viewers[i], o.url, n) }, nil
	}
	return nil, fmt.Errorf("client %q is not known: lean, net", o.client)
}

func lean(c *http1.Client, url string, n int) error {
	x := new(http1.Exchange)
	for range n {
		x.Reset()
		x.URL = url
		if err := c.Do(x); err != nil {
			return err
		}
		if err := x.Discard(); err != nil || x.Status != http.StatusOK {
			return fmt.Errorf("status %d: %w", x.Status, err)
		}
	}
	return nil
}

func standard(t *http.Transport, url string, n int) error {
	buf := make([]byte, 64<<10)
	for range n {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := t.RoundTrip(req)
		if err != nil {
			return err
		}
		for err == nil {
			_, err = resp.Body.Read(buf)
		}
		_ = resp.Body.Close() // read to its end
		if err != io.EOF || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d: %w", resp.StatusCode, err)
		}
	}
	return nil
}
