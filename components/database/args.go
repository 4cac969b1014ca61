package database

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/key"
	"gitlab.com/slipway/slipway/components/logs"
)

// Defaults of a database.
const (
	// DefaultClass is the smallest Graviton class.
	DefaultClass = "db.t4g.micro"
	// DefaultStorageGiB is the least that gp3 takes.
	DefaultStorageGiB = 20
	// DefaultBackupDays is how far back a point-in-time restore reaches.
	DefaultBackupDays = 7
)

// Args describe a database.
type Args struct {
	// VPCID is the VPC that the security group belongs to. Required.
	VPCID pulumi.StringInput
	// SubnetIDs are the isolated subnets, in two zones or more. Required.
	SubnetIDs pulumi.StringArrayInput
	// Class is the instance class. Default: db.t4g.micro.
	Class string
	// StorageGiB is the storage to begin with, in GiB, 20 to 65536. Default: 20.
	StorageGiB int
	// MaxStorageGiB is how far storage grows by itself, in GiB. Default: five
	// times StorageGiB.
	MaxStorageGiB int
	// MultiAZ keeps a standby in a second zone and fails over to it. Default: false.
	MultiAZ bool
	// BackupDays is how far back a point-in-time restore reaches, in days, 1 to
	// 35. Default: 7.
	BackupDays int
	// LogRetentionDays is how long PostgreSQL's log is kept, one of CloudWatch's
	// values. Default: 30.
	LogRetentionDays int
	// SnapshotID is the snapshot to begin with, an identifier or an ARN. Setting,
	// changing or removing it replaces the instance by what the snapshot holds.
	// Default: an empty database.
	SnapshotID string
	// KeyScope is who of the project has to do with the database's key. Default: the
	// account's IAM decides alone.
	KeyScope *key.Scope
	// Disposable lets the database be deleted. Default: false, the database is protected.
	Disposable bool
	// WithoutFinalSnapshot deletes the database for good, and its key with it.
	// Default: false, what it held is in a snapshot whose name ends in "-final",
	// and the key that reads it stays.
	WithoutFinalSnapshot bool
}

// ValidClass reports whether RDS could have an instance class of this name.
func ValidClass(class string) bool { return classPattern.MatchString(class) }

// ValidSnapshot reports whether RDS could have a snapshot of this identifier or
// ARN.
func ValidSnapshot(id string) bool { return snapshotPattern.MatchString(id) }

// An automatic snapshot's identifier begins with "rds:".
var snapshotPattern = regexp.MustCompile(`^(arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{12}:snapshot:)?(rds:)?[a-zA-Z](-?[a-zA-Z0-9])*$`)

var classPattern = regexp.MustCompile(`^db\.[a-z0-9]+\.[a-z0-9]+$`)

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return errors.New("database: args are required")
	}
	a = a.withDefaults()
	var problems []error
	if a.VPCID == nil {
		problems = append(problems, errors.New("database.VPCID: required"))
	}
	if a.SubnetIDs == nil {
		problems = append(problems, errors.New("database.SubnetIDs: required"))
	}
	if !ValidClass(a.Class) {
		problems = append(problems, fmt.Errorf("database.Class: %q is not an instance class such as %s", a.Class, DefaultClass))
	}
	if a.StorageGiB < 20 || a.StorageGiB > 65536 {
		problems = append(problems, fmt.Errorf("database.StorageGiB: %d must be 20 to 65536", a.StorageGiB))
	}
	if !growsBeyond(a.StorageGiB, a.MaxStorageGiB) {
		problems = append(problems, fmt.Errorf("database.MaxStorageGiB: %d must exceed StorageGiB (%d) by 10 %% or more", a.MaxStorageGiB, a.StorageGiB))
	}
	if a.BackupDays < 1 || a.BackupDays > 35 {
		problems = append(problems, fmt.Errorf("database.BackupDays: %d must be 1 to 35", a.BackupDays))
	}
	if err := logs.ValidRetention(a.LogRetentionDays); err != nil {
		problems = append(problems, fmt.Errorf("database.LogRetentionDays: %w", err))
	}
	if a.SnapshotID != "" && !ValidSnapshot(a.SnapshotID) {
		problems = append(problems, fmt.Errorf("database.SnapshotID: %q is not the identifier or ARN of a snapshot", a.SnapshotID))
	}
	return errors.Join(problems...)
}

// growth is how many times the storage to begin with storage grows to by itself.
const growth = 5

// growsBeyond reports whether RDS takes a limit for storage that is there:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
func growsBeyond(storageGiB, maxGiB int) bool { return 10*maxGiB >= 11*storageGiB }

func (a *Args) withDefaults() *Args {
	b := *a
	b.Class = cmp.Or(b.Class, DefaultClass)
	b.StorageGiB = cmp.Or(b.StorageGiB, DefaultStorageGiB)
	b.MaxStorageGiB = cmp.Or(b.MaxStorageGiB, growth*b.StorageGiB)
	b.BackupDays = cmp.Or(b.BackupDays, DefaultBackupDays)
	return &b
}
