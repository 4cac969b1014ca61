package infra

// tunables are the settings that stack files do not say: either they follow from
// what they say, or they should not differ by environment and taste.
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

// tunables keep the same for the same time whether the environment is protected
// or not: turning the protection off for a restore must not make anything expire.
func (c *Config) tunables() tunables {
	return tunables{
		disposable:          !c.Protect,
		mediaVersionDays:    30,
		accessLogDays:       c.LogRetentionDays,
		requestsPer5Minutes: 2000,
	}
}
