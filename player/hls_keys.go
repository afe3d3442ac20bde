package player

import (
	"errors"
	"slices"
	"strings"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

var errNoSegments = errors.New("media playlist: lists no segments")

// hlsKeys is the key-loader (src/loader/key-loader.ts): keys are kept for ever
// under the URI that the playlist gave them, resolved. A new token in the
// playlist's URL makes a new URI, and the key is fetched again.
type hlsKeys struct {
	h     *hls
	byURI map[string]*hlsKey
}

// hlsKey is one key and who waits for it.
type hlsKey struct {
	uri     string
	loaded  bool
	lost    bool // arrived, but the original could not find the way back to it
	loader  *hlsLoader
	failing *loop.Timer
	waiting []keyWaiter
}

type keyWaiter struct {
	frag *hlsLoadingFrag
	then func()
}

// need asks for the fragment's key unless it is in memory, and tells whether
// then will be called only after it came. DRM keys do not pass the loader.
func (k *hlsKeys) need(f *hlsLoadingFrag, then func()) bool {
	i := slices.IndexFunc(f.frag.seg.Keys, isHTTPKey)
	if i < 0 {
		return false
	}
	uri := f.frag.pres.Resolve(f.frag.seg.Keys[i].Ref)
	if k.byURI == nil {
		k.byURI = make(map[string]*hlsKey)
	}
	key := k.byURI[uri]
	if key == nil {
		key = &hlsKey{uri: uri}
		k.byURI[uri] = key
	}
	if key.loaded {
		return false
	}
	f.waits++
	f.key = key
	key.waiting = append(key.waiting, keyWaiter{f, then})
	k.load(key, f)
	return true
}

func isHTTPKey(key manifest.Key) bool {
	identity := key.Format == "" || key.Format == "identity"
	return identity && key.Ref.URI != "" && !strings.HasPrefix(key.Ref.URI, "data:")
}

// load starts what is needed for a key that somebody waits for.
func (k *hlsKeys) load(key *hlsKey, f *hlsLoadingFrag) {
	switch {
	case key.lost && key.failing == nil:
		key.failing = k.h.w.After(0, func() {
			key.failing = nil
			k.settle(key, &hlsOutcome{Response: Response{Failure: qoe.BodyFailure, Detail: keyLost}})
		})
	case !key.lost && key.loader == nil:
		key.loader = startLoader(k.h.w, Request{
			URL: key.uri, Kind: qoe.Key, Media: f.pipe.media,
		}, &k.h.opt.key, func(o hlsOutcome, asked string) { k.arrived(key, o, asked) })
	}
}

const keyLost = "after key load, decryptdata unset or changed"

// arrived files the key. The original looks for its entry under the URL of the
// loader's context. An integration that has rewritten that URL makes it miss: the
// key came with 200, and still there is none, nor will another attempt ask for it
// again, because the entry keeps its failed promise.
func (k *hlsKeys) arrived(key *hlsKey, o hlsOutcome, asked string) {
	key.loader = nil
	switch {
	case !o.OK():
		delete(k.byURI, key.uri)
		k.settle(key, &o)
	case asked != key.uri:
		key.lost = true
		k.h.note("key fetched but not found again: the loader's URL was rewritten")
		k.settle(key, &hlsOutcome{Response: Response{Failure: qoe.BodyFailure, Detail: keyLost}})
	default:
		key.loaded = true
		k.settle(key, nil)
	}
}

// settle tells everyone who waits.
func (k *hlsKeys) settle(key *hlsKey, problem *hlsOutcome) {
	waiting := key.waiting
	key.waiting = nil
	for _, w := range waiting {
		if problem == nil && w.then != nil && !w.frag.failed {
			w.then()
		}
		w.frag.gotKey(problem)
	}
}

// leave stops waiting; the request goes when nobody waits any more.
func (k *hlsKeys) leave(f *hlsLoadingFrag) {
	key := f.key
	if key == nil {
		return
	}
	f.key = nil
	key.waiting = slices.DeleteFunc(key.waiting, func(w keyWaiter) bool { return w.frag == f })
	if len(key.waiting) > 0 {
		return
	}
	key.loader.cancel()
	key.failing.Stop()
	key.loader, key.failing = nil, nil
	if !key.loaded && !key.lost {
		delete(k.byURI, key.uri)
	}
}
