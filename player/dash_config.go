package player

// DashConfig holds dash.js's own options.
type DashConfig struct{}
