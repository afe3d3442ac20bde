package http1_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"soak/http1"
)

// A segment is asked for and counted; its connection is used again.
func Example() {
	edge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 100_000))
	}))
	defer edge.Close()
	client := &http1.Client{Dial: new(net.Dialer).DialContext, Now: time.Now}
	defer client.Close()

	for range 2 {
		x := &http1.Exchange{URL: edge.URL + "/segment1.m4s"}
		if err := client.Do(x); err != nil {
			fmt.Println(err)
			return
		}
		if err := x.Discard(); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(x.Status, x.Loaded(), "bytes, connection reused:", x.Reused)
	}
	// Output:
	// 200 100000 bytes, connection reused: false
	// 200 100000 bytes, connection reused: true
}
