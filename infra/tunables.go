package infra

// tunables are the settings that follow from whether an environment is
// protected. What stack files say differs by environment and taste; what stands
// here should not.
type tunables struct {
	// disposable lets data be deleted: no deletion protection, buckets and
	// repositories deleted with their content.
	disposable bool
	// mediaVersionDays is how long overwritten and deleted media can be brought back.
	mediaVersionDays int
	// accessLogDays is how long access logs are kept, in days.
	accessLogDays int
	// requestsPer5Minutes is how many requests the firewall takes from one
	// address.
	requestsPer5Minutes int
}

// The table of tunables, by Config.Protect.
var (
	development = tunables{
		disposable:          true,
		mediaVersionDays:    7,
		accessLogDays:       30,
		requestsPer5Minutes: 2000,
	}
	production = tunables{
		disposable:       false,
		mediaVersionDays: 30,
		// PCI DSS 10.5.1 asks for a year of audit logs.
		accessLogDays:       365,
		requestsPer5Minutes: 2000,
	}
)

func (c *Config) tunables() tunables {
	if c.Protect {
		return production
	}
	return development
}
