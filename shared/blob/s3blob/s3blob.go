// Package s3blob keeps media in a private S3 bucket. Links are presigned, so what is
// large never passes through a Lambda.
//
// What is old is not shown; that it is removed is the business of the bucket's
// lifecycle, which counts the same days. The bucket is encrypted by its default, has no
// versions, and its rules for other origins let browsers PUT with Content-Type and
// If-None-Match, and GET.
package s3blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Options of New, all required. The role may get, put and delete objects, and list the
// bucket: without that, S3 answers "forbidden" where nothing is.
type Options struct {
	Client *s3.Client
	Bucket string
	Keep   time.Duration    // how old content becomes
	Now    func() time.Time // the clock that content expires by
}

// Store is a blob.Store.
type Store struct {
	api    *s3.Client
	signer *s3.PresignClient
	bucket string
	keep   time.Duration
	now    func() time.Time
	page   int32 // how many objects are listed, and deleted, at a time
}

var _ blob.Store = (*Store)(nil)

// New makes a Store on a bucket that exists. It makes no call.
func New(o Options) (*Store, error) {
	if o.Client == nil || o.Bucket == "" || o.Keep <= 0 || o.Now == nil {
		return nil, fault.New(fault.Config, "s3blob.New", "a client, a bucket, a time to keep and a clock are needed")
	}
	return &Store{
		api: o.Client, signer: s3.NewPresignClient(o.Client), bucket: o.Bucket, keep: o.Keep, now: o.Now, page: 1000,
	}, nil
}

// Put implements blob.Store. S3 compares the content with its checksum.
func (s *Store) Put(ctx context.Context, key blob.Key, mediaType string, content []byte) error {
	if err := blob.CheckPut(key, mediaType, content); err != nil {
		return err
	}
	in := s.put(key, mediaType, int64(len(content)))
	in.Body, in.ChecksumAlgorithm = bytes.NewReader(content), types.ChecksumAlgorithmCrc32
	_, err := s.api.PutObject(ctx, in)
	// What is there may be of a try that got no answer and was carried out after all.
	if exists(err) && s.same(ctx, key, mediaType, content) {
		return nil
	}
	return failed("Put", err)
}

// put is a PUT where nothing is yet.
func (s *Store) put(key blob.Key, mediaType string, size int64) *s3.PutObjectInput {
	return &s3.PutObjectInput{
		Bucket: &s.bucket, Key: aws.String(string(key)), ContentType: &mediaType, ContentLength: &size, IfNoneMatch: aws.String("*"),
	}
}

// same reports whether exactly this is stored.
func (s *Store) same(ctx context.Context, key blob.Key, mediaType string, content []byte) bool {
	info, body, err := s.Get(ctx, key)
	if err != nil {
		return false
	}
	defer func() { _ = body.Close() }() // what is of use has been read
	if info.Type != mediaType || info.Size != int64(len(content)) {
		return false
	}
	stored, err := io.ReadAll(body)
	return err == nil && bytes.Equal(stored, content)
}

// Get implements blob.Store.
func (s *Store) Get(ctx context.Context, key blob.Key) (blob.Info, io.ReadCloser, error) {
	if err := key.Check(); err != nil {
		return blob.Info{}, nil, err
	}
	out, err := s.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: aws.String(string(key))})
	if err != nil {
		return blob.Info{}, nil, failed("Get", err)
	}
	info, err := s.info(out.ETag, out.ContentType, out.ContentLength, out.LastModified)
	if err != nil {
		return blob.Info{}, nil, failed("Get", errors.Join(err, out.Body.Close()))
	}
	return info, out.Body, nil
}

// Stat implements blob.Store.
func (s *Store) Stat(ctx context.Context, key blob.Key) (blob.Info, error) {
	if err := key.Check(); err != nil {
		return blob.Info{}, err
	}
	out, err := s.api.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: aws.String(string(key))})
	if err != nil {
		return blob.Info{}, failed("Stat", err)
	}
	info, err := s.info(out.ETag, out.ContentType, out.ContentLength, out.LastModified)
	return info, failed("Stat", err)
}

// info is what S3's headers say, NotFound if that is too old.
func (s *Store) info(tag, mediaType *string, size *int64, modified *time.Time) (blob.Info, error) {
	i := blob.Info{
		Tag: blob.Tag(strings.Trim(aws.ToString(tag), `"`)), Type: aws.ToString(mediaType), Size: aws.ToInt64(size),
		Expires: aws.ToTime(modified).Add(s.keep).UTC(),
	}
	if !s.now().Before(i.Expires) {
		return blob.Info{}, errMissing
	}
	return i, nil
}

// Upload implements blob.Store. Type, size and that nothing may be there are signed.
func (s *Store) Upload(ctx context.Context, key blob.Key, mediaType string, size int64) (blob.Link, error) {
	if err := blob.CheckUpload(key, mediaType, size); err != nil {
		return blob.Link{}, err
	}
	until := s.now().Add(blob.LinkLife).UTC()
	request, err := s.signer.PresignPutObject(ctx, s.put(key, mediaType, size), s3.WithPresignExpires(blob.LinkLife))
	if err != nil {
		return blob.Link{}, failed("Upload", err)
	}
	return blob.Link{
		Method: request.Method, URL: request.URL, Until: until,
		Header: map[string]string{"Content-Type": mediaType, "If-None-Match": "*"},
	}, nil
}

// Download implements blob.Store.
func (s *Store) Download(ctx context.Context, key blob.Key, tag blob.Tag, name string) (blob.Link, error) {
	info, err := s.Stat(ctx, key)
	if err == nil && info.Tag != tag {
		err = errMissing
	}
	if err != nil {
		return blob.Link{}, failed("Download", err)
	}
	contentType, disposition := blob.Serve(info.Type, name)
	life := min(blob.LinkLife, info.Expires.Sub(s.now()))
	until := s.now().Add(life).UTC()
	request, err := s.signer.PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &s.bucket, Key: aws.String(string(key)),
		ResponseContentType: &contentType, ResponseContentDisposition: &disposition, ResponseCacheControl: aws.String("private"),
	}, s3.WithPresignExpires(life))
	if err != nil {
		return blob.Link{}, failed("Download", err)
	}
	return blob.Link{Method: request.Method, URL: request.URL, Until: until}, nil
}

// Keep implements blob.Store. A lifecycle tells what is not kept by a tag only, which would
// be a right and a call more for each file: all of it stays until it is old.
func (s *Store) Keep(_ context.Context, key blob.Key) error { return key.Check() }

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, key blob.Key) error {
	if err := key.Check(); err != nil {
		return err
	}
	_, err := s.api.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: aws.String(string(key))})
	return failed("Delete", err)
}

// Forget implements blob.Store.
func (s *Store) Forget(ctx context.Context, id conversation.ID) error {
	if !id.Valid() {
		return fault.New(fault.BadRequest, "s3blob.Forget", "name a conversation")
	}
	in := &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: aws.String(string(id) + "/"), MaxKeys: &s.page}
	for {
		out, err := s.api.ListObjectsV2(ctx, in)
		if err == nil {
			err = s.deleteAll(ctx, out.Contents)
		}
		if err != nil || !aws.ToBool(out.IsTruncated) {
			return failed("Forget", err)
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}

func (s *Store) deleteAll(ctx context.Context, objects []types.Object) error {
	if len(objects) == 0 {
		return nil
	}
	in := &s3.DeleteObjectsInput{Bucket: &s.bucket, Delete: &types.Delete{Quiet: aws.Bool(true)}}
	for _, o := range objects {
		in.Delete.Objects = append(in.Delete.Objects, types.ObjectIdentifier{Key: o.Key})
	}
	out, err := s.api.DeleteObjects(ctx, in)
	if err == nil && len(out.Errors) > 0 {
		// One of them says enough: the call is made again as a whole.
		return fault.New(fault.Unavailable, "s3blob", "S3 kept some objects ("+aws.ToString(out.Errors[0].Code)+"): try again")
	}
	return err
}

var errMissing = fault.New(fault.NotFound, "s3blob", "nothing is stored under this key, or it expired")

// exists reports whether a PUT found something where nothing should be, or somebody
// else just putting it there.
func exists(err error) bool {
	code := awsfault.CodeOf(err)
	return code == "PreconditionFailed" || code == "ConditionalRequestConflict"
}

func failed(op string, err error) error {
	op = "s3blob." + op
	switch code := awsfault.CodeOf(err); {
	case code == "NoSuchKey" || code == "NotFound":
		return fault.Wrap(errMissing, fault.NotFound, op, errMissing.Hint)
	case code == "NoSuchBucket":
		return fault.Wrap(awsfault.Quiet(err), fault.Config, op, "name a bucket that exists")
	case exists(err):
		return fault.New(fault.Conflict, op, "something is stored under this key: make another")
	}
	return awsfault.Wrap(err, op)
}
