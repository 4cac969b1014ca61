package cost

import (
	"maps"
	"slices"
)

// choice is a set of configuration keys with the values that go together.
type choice map[string]string

// options are the values that the report tries for each configuration key that
// changes what AWS charges at rest.
var options = map[string][]choice{
	"adminHost":          values("adminHost", "false", "true"),
	"architecture":       values("architecture", "arm64", "amd64"),
	"cdn":                values("cdn", "false", "true"),
	"containerInsights":  values("containerInsights", "false", "true"),
	"databaseClass":      values("databaseClass", "db.t4g.micro", "db.t4g.small", "db.t4g.medium", "db.m7g.large"),
	"databaseMultiAz":    values("databaseMultiAz", "false", "true"),
	"databaseStorageGiB": values("databaseStorageGiB", "20", "100"),
	"domain":             {{"domain": "", "hostedZone": ""}, {"domain": "recipes.example.com", "hostedZone": "example.com"}},
	"firewall":           values("firewall", "false", "true"),
	"interfaceEndpoints": values("interfaceEndpoints", "[]", `["ecr.api","ecr.dkr","logs","secretsmanager","ssmmessages"]`),
	"logRetentionDays":   values("logRetentionDays", "30", "365"),
	"minTasks":           values("minTasks", "1", "2", "3"),
	"nat":                values("nat", "none", "instance", "single", "perZone"),
	"onDemandTasks":      values("onDemandTasks", "0", "1", "2"),
	"taskCpu": {
		{"taskCpu": "256", "taskMemoryMiB": "512"},
		{"taskCpu": "512", "taskMemoryMiB": "1024"},
		{"taskCpu": "1024", "taskMemoryMiB": "2048"},
	},
	"workerTasks": values("workerTasks", "0", "1", "2"),
	"zones":       values("zones", `["a","b"]`, `["a","b","c"]`),
}

// without are the keys that the report does not try, with the reason.
var without = map[string]string{
	"alarmEmails":           "e-mail is free",
	"databaseBackupDays":    "backups at rest are within the free ones",
	"databaseFinalSnapshot": "charged when the database is gone, by its size",
	"databaseSnapshot":      "decides what the database holds, not its size",
	"hostedZone":            "goes with domain",
	"maxTasks":              "reached under load only",
	"mediaCorsOrigins":      "a setting of the bucket",
	"monthlyBudgetUsd":      "budgets without actions are free",
	"owner":                 "a tag",
	"permissionsBoundary":   "IAM is free",
	"imageAccount":          "an image in the region is pulled at no cost, whoever keeps it",
	"protect":               "settings of what there is anyway",
	"sharedNetwork":         "a network of another environment's, which is charged there",
	"taskMemoryMiB":         "goes with taskCpu",
	"vpcCidr":               "addresses inside a VPC are free",
	"hsts":                  "a header of the app's",
	"redirectDomains":       "names of the certificate and a rule of the load balancer",
}

// Tried lists the configuration keys that the report tries values of, sorted.
func Tried() []string { return slices.Sorted(maps.Keys(options)) }

// NotTried lists the configuration keys that change nothing in the report.
func NotTried() []string { return slices.Sorted(maps.Keys(without)) }

func values(key string, values ...string) []choice {
	var choices []choice
	for _, value := range values {
		choices = append(choices, choice{key: value})
	}
	return choices
}
