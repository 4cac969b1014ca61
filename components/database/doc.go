// Package database builds an RDS for PostgreSQL 17 instance in isolated subnets:
// encrypted with a key of its own, reachable over TLS only and only from the
// security groups that AllowFrom names, its master password managed and rotated
// by RDS, its log and its operating system's figures in CloudWatch. It can begin
// with a snapshot.
//
// It refuses storage that RDS would not take, a database without backups, and
// names that no instance could have. It makes no read replicas: RDS for PostgreSQL
// has none of an instance whose password it manages.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html#rds-secrets-manager-limitations
//
// It protects the data: unless Disposable says otherwise the instance has
// deletion protection and Pulumi refuses to delete it; unless
// WithoutFinalSnapshot says otherwise it leaves a final snapshot, and the key
// that reads it.
package database
