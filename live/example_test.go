package live_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"soak/live"
	"soak/reports"
	"soak/scenarios"
)

func ExampleListen() {
	run := &reports.Live{State: reports.Waiting, Report: reports.Report{Scenario: scenarios.Default()}}
	s, err := live.Listen(context.Background(), live.Config{Address: ":0", Now: time.Now}, func() *reports.Live { return run })
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	defer http.DefaultClient.CloseIdleConnections()
	page, err := http.Get(s.URL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer page.Body.Close()
	fmt.Println(page.StatusCode, page.Header.Get("Content-Type"))

	_, err = live.Listen(context.Background(), live.Config{Address: "0.0.0.0:0", Now: time.Now}, func() *reports.Live { return run })
	fmt.Println(err)
	// Output:
	// 200 text/html; charset=utf-8
	// address "0.0.0.0:0": other machines could reach it and stop the run: listen on loopback, or set a token
}
