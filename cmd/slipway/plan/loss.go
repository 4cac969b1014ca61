package plan

// Loss is what users or the team lose when a resource is deleted or replaced.
type Loss string

// The losses, the gravest first.
const (
	// Data can't be brought back, or from a backup only.
	Data Loss = "data"
	// Address means that the app is not reached where it was.
	Address Loss = "address"
)

// losses are the types whose deletion loses something, and what.
var losses = map[string]struct {
	loss Loss
	what string
}{
	"aws:rds/instance:Instance":                         {Data, "a database"},
	"aws:rds/cluster:Cluster":                           {Data, "a database"},
	"aws:rds/clusterInstance:ClusterInstance":           {Data, "a database"},
	"aws:dynamodb/table:Table":                          {Data, "a table"},
	"aws:s3/bucketV2:BucketV2":                          {Data, "a bucket with its objects"},
	"aws:s3/bucket:Bucket":                              {Data, "a bucket with its objects"},
	"aws:efs/fileSystem:FileSystem":                     {Data, "a file system"},
	"aws:ebs/volume:Volume":                             {Data, "a volume"},
	"aws:elasticache/cluster:Cluster":                   {Data, "a cache with its content"},
	"aws:elasticache/replicationGroup:ReplicationGroup": {Data, "a cache with its content"},
	"aws:kms/key:Key":                                   {Data, "a key, and with it all that it encrypts"},
	"aws:secretsmanager/secret:Secret":                  {Data, "a secret"},
	"aws:ecr/repository:Repository":                     {Data, "a repository with its images"},
	"aws:cloudwatch/logGroup:LogGroup":                  {Data, "a log group with its logs"},
	"aws:sqs/queue:Queue":                               {Data, "a queue with its messages"},
	"aws:lb/loadBalancer:LoadBalancer":                  {Address, "the load balancer and its name"},
	"aws:cloudfront/distribution:Distribution":          {Address, "the distribution and its name"},
	"aws:route53/record:Record":                         {Address, "a DNS record"},
	"aws:route53/zone:Zone":                             {Address, "a DNS zone"},
	"aws:acm/certificate:Certificate":                   {Address, "a certificate"},
	"aws:ec2/vpc:Vpc":                                   {Address, "the VPC, and with it all that is inside"},
	"aws:ec2/subnet:Subnet":                             {Address, "a subnet, and with it what is inside"},
	"aws:ec2/eip:Eip":                                   {Address, "a public address"},
	"aws:ecs/service:Service":                           {Address, "a service: its tasks stop before new ones serve"},
	"aws:ecs/cluster:Cluster":                           {Address, "a cluster: its tasks stop before new ones serve"},
}

// Lost tells what a step loses, "" for nothing.
func (s Step) Lost() (Loss, string) {
	if s.Op != Delete && s.Op != Replace {
		return "", ""
	}
	lost := losses[s.Type]
	return lost.loss, lost.what
}

// Losses are the steps that lose something, data before addresses.
func (p *Plan) Losses() []Step {
	var found []Step
	for _, wanted := range []Loss{Data, Address} {
		for _, step := range p.Changes() {
			if loss, _ := step.Lost(); loss == wanted {
				found = append(found, step)
			}
		}
	}
	return found
}
