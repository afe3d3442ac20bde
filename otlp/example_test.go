package otlp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"soak/otlp"
	"soak/scenarios"
	"soak/telemetry"
)

func ExamplePusher_Push() {
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path, r.Header.Get("Content-Type"))
	}))
	defer collector.Close()
	p, err := otlp.New(otlp.Config{URL: collector.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	sc := scenarios.Default()
	fmt.Println(p.Push(context.Background(), &telemetry.Run{Scenario: &sc}, time.Now()))
	// Output:
	// POST /v1/metrics application/x-protobuf
	// <nil>
}
