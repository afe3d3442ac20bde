package suite_test

import (
	"context"
	"fmt"

	"soak/scenarios"
	"soak/suite"
)

func ExampleRun() {
	all, err := scenarios.Suite("H42")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := suite.Run(context.Background(), all, suite.Options{Virtual: true})
	for _, c := range r.Cases {
		fmt.Println(c.Hazard, c.Name)
		for _, f := range c.Findings {
			fmt.Printf("%v %s: %s\n", f.OK, f.Viewers, f.Effect)
		}
	}
	// Output:
	// H42 h42-cold-start
	// true hls.js 1.7 · guide-hlsjs: never a picture: manifestLoadError after one request refused
	// true dash.js 5.2 · guide-dashjs5: never a picture: dash.js error 25: manifest not loaded after 4 requests refused
	// true dash.js 4.7 · guide-dashjs: never a picture: dash.js error 25: manifest not loaded after 4 requests refused
	// true hls.js 1.7 · steady: never a picture: manifestLoadError after one request refused
	// true dash.js 5.2 · steady: never a picture: dash.js error 25: manifest not loaded after 4 requests refused
	// true generic dash · guide-dashjs5+transport: never a picture: 12 requests refused
}
