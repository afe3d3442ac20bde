package fleet

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/refresher"
	"soak/scenarios"
	"soak/token"
)

// target is what a run over sockets plays against: the lab in this process, or a
// stream out there.
type target struct {
	scenario *scenarios.Scenario
	lab      *lab.Server       // nil unless embedded
	began    time.Time         // of the lab's scenario time
	header   map[string]string // for the token API
	signer   *token.Signer
	plumbing *plumbing
	consent  *consent
	sources  sources
	seen     map[string]sight // by the probe, by kind of stream and format
}

// agentHeader names soak, also to token APIs, unless their headers say otherwise.
const agentHeader = "User-Agent"

// openTarget starts the lab, or reads from the environment what the target needs.
func openTarget(ctx context.Context, sc *scenarios.Scenario) (*target, error) {
	t := &target{scenario: sc, began: time.Now(), plumbing: newPlumbing(), consent: consentFor(sc), seen: map[string]sight{}}
	var err error
	if t.sources, err = sourcesOf(sc); err != nil {
		return nil, err
	}
	t.header = map[string]string{agentHeader: t.plumbing.agent}
	if sc.Addressed() {
		if err := wholeRange(); err != nil {
			return nil, err
		}
	}
	if sc.Target.Embedded() {
		return t, t.startLab(ctx)
	}
	if api := sc.Target.TokenAPI; api != nil {
		for name, variable := range api.Headers {
			value, ok := os.LookupEnv(variable)
			if !ok {
				return nil, fmt.Errorf("%w: token API header %s: environment variable %s is not set", ErrConfig, name, variable)
			}
			t.header[http.CanonicalHeaderKey(name)] = value
		}
	}
	if sign := sc.Target.Sign; sign != nil {
		secret, ok := os.LookupEnv(sign.SecretEnv)
		if !ok || secret == "" {
			return nil, fmt.Errorf("%w: signing secret: environment variable %s is not set", ErrConfig, sign.SecretEnv)
		}
		t.signer = &token.Signer{Client: sign.Client, Secret: secret}
	}
	return t, nil
}

func (t *target) startLab(ctx context.Context) error {
	site, err := lab.New(labConfig(t.scenario), t.scenario.Seed, t.began)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	t.lab, err = site.Listen(context.WithoutCancel(ctx), lab.Clock{Now: time.Now, Sleep: loop.Sleep})
	if err != nil || !t.scenario.Addressed() {
		return err
	}
	if err := reachable(t.lab); err != nil {
		t.close()
		return err
	}
	return nil
}

func (t *target) close() {
	t.plumbing.crew.close()
	if t.lab != nil {
		_ = t.lab.Close() // the run is over; nothing is lost
	}
}

// start is scenario time zero: the lab's, so that its outages strike on time.
func (t *target) start() time.Time {
	if t.lab != nil {
		return t.began
	}
	return time.Now()
}

// source is a viewer's way to its tokens, over its own sockets; nil when the
// stream is not protected, or its one token is part of the URL.
func (t *target) source(n *socketNetwork, viewer int, c *scenarios.Cohort, ch channel) refresher.Source {
	sc := t.scenario
	if t.lab == nil && sc.Target.TokenAPI == nil {
		if t.signer == nil {
			return nil
		}
		return t.signing(n.post, c, ch)
	}
	api := &refresher.HTTPSource{Base: n.http, Post: n.post, Now: time.Now}
	if n.dispatch != nil {
		api.Left = n.dispatch.add
	}
	if t.lab != nil {
		api.URL = t.lab.API + "?" + tokenQuery(sc, c, ch).Encode()
		api.Header = map[string]string{agentHeader: t.plumbing.agent, lab.ViewerHeader: strconv.Itoa(viewer)}
		api.CallHeader = lab.CallHeader
	} else {
		api.URL = tokenURL(sc.Target.TokenAPI.URL, sc, c, ch)
		api.Header = t.header
		api.Fields = sc.Target.TokenAPI.Fields
	}
	return n.known(api)
}

// known is the way to a token API that the viewer has used before, in an earlier visit
// or before a zap, or this new one.
func (n *socketNetwork) known(api *refresher.HTTPSource) *refresher.HTTPSource {
	for _, before := range n.apis {
		if before.URL == api.URL { // all else is the same for one viewer
			return before
		}
	}
	n.apis = append(n.apis, api)
	return api
}

func (t *target) signing(post func(func()), c *scenarios.Cohort, ch channel) refresher.Source {
	return &signingSource{
		post: post, now: time.Now, signer: *t.signer,
		video: ch.video, ttl: t.scenario.TokenOf(c).TTL,
	}
}
