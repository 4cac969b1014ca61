package slim

// PluginSDKModule holds the loop in which the provider's older resources wait
// for AWS.
const PluginSDKModule = "github.com/hashicorp/terraform-plugin-sdk/v2"

// The loop waits as long as the provider says, which is tuned for AWS: at least
// 60 s for a load balancer and 80 s for a database, however fast the answer is.
// SLIPWAY_POLL_INTERVAL (a duration such as 500ms) makes it look that often
// from the start. Without the variable nothing changes.
var pollInterval = correction{
	module: "terraform-plugin-sdk",
	file:   "helper/retry/state.go",
	wrong:  "\tlog.Printf(\"[DEBUG] Waiting for state to become: %s\", conf.Target)\n",
	right: `	log.Printf("[DEBUG] Waiting for state to become: %s", conf.Target)

	if every, err := time.ParseDuration(os.Getenv("SLIPWAY_POLL_INTERVAL")); err == nil && every > 0 {
		// As many more looks before "not found" as the looks are closer.
		if conf.NotFoundChecks == 0 {
			conf.NotFoundChecks = 20
		}
		conf.NotFoundChecks *= int(10*time.Second/every) + 1
		conf.Delay = min(conf.Delay, every)
		conf.MinTimeout = min(conf.MinTimeout, every)
		conf.PollInterval = every
	}
`,
}

var pollIntervalImport = correction{
	module: "terraform-plugin-sdk",
	file:   "helper/retry/state.go",
	wrong:  "\t\"log\"\n",
	right:  "\t\"log\"\n\t\"os\"\n",
}

// ShortenWaits copies the plugin SDK from source to target and lets
// SLIPWAY_POLL_INTERVAL shorten the provider's waits.
func ShortenWaits(source, target string) error {
	if err := pollInterval.copy(source, target); err != nil {
		return err
	}
	return pollIntervalImport.apply(target)
}
