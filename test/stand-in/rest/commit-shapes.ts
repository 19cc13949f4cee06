import { type CommitInfo, isoTime, type Signature } from '../commits.ts';
import { fullName, nodeId, type Repo, type Status } from '../world.ts';
import { simpleUser } from './account-shapes.ts';
import type { Urls } from './call.ts';
import { repositoryUrl } from './repository-shapes.ts';

export function gitRef(repo: Repo, [ref, sha]: readonly [string, string], urls: Urls) {
  const url = `${repositoryUrl(repo, urls)}/git`;
  return {
    ref,
    node_id: nodeId('REF', `${repo.id}:${ref}`),
    url: `${url}/${ref.split('/').map(encodeURIComponent).join('/')}`,
    object: { sha, type: 'commit', url: `${url}/commits/${sha}` },
  };
}

export function shortBranch(repo: Repo, [branch, sha]: readonly [string, string], urls: Urls) {
  return {
    name: branch,
    commit: { sha, url: `${repositoryUrl(repo, urls)}/commits/${sha}` },
    protected: false,
  };
}

export function wholeCommit(repo: Repo, commit: CommitInfo, urls: Urls) {
  const url = repositoryUrl(repo, urls);
  const html = `${urls.html}/${fullName(repo)}/commit/${commit.sha}`;
  const person = ({ name, email, date }: Signature) => ({ name, email, date });
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    commit: {
      author: person(commit.author),
      committer: person(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: {
        verified: false,
        reason: 'unsigned',
        signature: null,
        payload: null,
        verified_at: null,
      },
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: html,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${html}/../${sha}`,
    })),
    stats: { total: 0, additions: 0, deletions: 0 },
    files: [],
  };
}

export function commitStatus(repo: Repo, status: Status, urls: Urls) {
  return {
    url: `${repositoryUrl(repo, urls)}/statuses/${status.sha}`,
    avatar_url: `${urls.html}/avatars/${status.creator}`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: isoTime(status.at),
    updated_at: isoTime(status.at),
    creator: simpleUser({ id: 1, login: status.creator, type: 'User' }, urls),
  };
}
