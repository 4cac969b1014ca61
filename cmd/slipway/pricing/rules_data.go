package pricing

import "fmt"

const databaseInstance = "aws:rds/instance:Instance"

// database charges for an RDS for PostgreSQL instance or read replica, which has
// the engine and the storage of its source. Seven days of Performance Insights
// are free, and so are backups up to the size of the storage.
func database(c *calculation, r Resource) error {
	source := r
	_, replica := r.lookup("replicateSourceDb")
	if replica {
		var err error
		if source, err = c.refersTo(r, "replicateSourceDb", databaseInstance); err != nil {
			return err
		}
	}
	if err := supportedDatabase(r, source); err != nil {
		return err
	}
	storage, err := source.required("allocatedStorage")
	if err != nil {
		return err
	}
	deployment := "single"
	if r.flag("multiAz") {
		deployment = "multi"
	}
	class := r.text("instanceClass")
	c.hourly(deployment+"-AZ "+class, "rds."+deployment+"."+class, 1)
	c.monthly(deployment+"-AZ storage", "rds."+deployment+".gp3", storage)
	if !replica {
		c.monthly("backups beyond the free ones", "rds.backup", c.assumed("rds.backupGb"))
	}
	if r.flag("manageMasterUserPassword") {
		c.monthly("master password", "secret", 1)
	}
	if len(r.list("enabledCloudwatchLogsExports")) > 0 {
		c.ingest("logs", "logs.gb", c.assumed("rds.logsGb"))
	}
	interval, err := r.number("monitoringInterval", 0)
	if interval > 0 {
		c.ingest("enhanced monitoring", "logs.gb", c.assumed("rds.monitoringGb")*60/interval)
	}
	return err
}

// supportedDatabase refuses what has a price that the rule does not know.
func supportedDatabase(r, source Resource) error {
	if engine := source.text("engine"); engine != "postgres" {
		return unsupported(r, fmt.Sprintf("engine %q", engine))
	}
	if kind := r.text("storageType"); kind != "gp3" {
		return unsupported(r, fmt.Sprintf("storageType %q", kind))
	}
	for _, setting := range []string{"iops", "storageThroughput"} {
		if _, there := r.lookup(setting); there {
			return unsupported(r, setting)
		}
	}
	if mode := r.text("databaseInsightsMode"); mode != "" && mode != "standard" {
		return unsupported(r, "databaseInsightsMode "+mode)
	}
	days, err := r.number("performanceInsightsRetentionPeriod", 7)
	if err != nil {
		return err
	}
	if days != 7 {
		return unsupported(r, fmt.Sprintf("%g days of Performance Insights", days))
	}
	return nil
}

// table costs nothing at rest when it is paid by request; its first 25 GB are
// free: https://aws.amazon.com/dynamodb/pricing/on-demand/
func table(_ *calculation, r Resource) error {
	if mode := r.text("billingMode"); mode != "PAY_PER_REQUEST" {
		return unsupported(r, fmt.Sprintf("billingMode %q", mode))
	}
	return nil
}

func bucket(c *calculation, _ Resource) error {
	c.monthly("objects", "s3.gb", c.assumed("s3.gb"))
	return nil
}

func repository(c *calculation, _ Resource) error {
	c.monthly("images", "ecr.gb", c.assumed("ecr.gb"))
	return nil
}

// key does not count rotations: each of the first two raises a key's price by
// one key, https://aws.amazon.com/kms/pricing/
func key(c *calculation, _ Resource) error {
	c.monthly("key", "kms.key", 1)
	return nil
}

func secret(c *calculation, _ Resource) error {
	c.monthly("secret", "secret", 1)
	return nil
}
