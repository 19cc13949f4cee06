import { type CommitInfo, isoTime, type Signature } from '../commits.ts';
import { type Account, fullName, nodeId, type Repo, type Status } from '../world.ts';
import type { Urls } from './call.ts';

/** GitHub's JSON for an account, where it stands inside something else. */
export function simpleUser(account: Account, urls: Urls) {
  const url = `${urls.api}/users/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type === 'User' ? 'U' : 'O', account.id),
    avatar_url: `${urls.html}/avatars/${account.id}`,
    gravatar_id: '',
    url,
    html_url: `${urls.html}/${account.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export function publicUser(account: Account, repos: number, urls: Urls) {
  return {
    ...simpleUser(account, urls),
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: repos,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  };
}

export function organization(account: Account, repos: number, urls: Urls) {
  const url = `${urls.api}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('O', account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${urls.html}/avatars/${account.id}`,
    description: null,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: repos,
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: `${urls.html}/${account.login}`,
    type: 'Organization',
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    archived_at: null,
  };
}

const repositoryUrls = {
  forks_url: '/forks',
  keys_url: '/keys{/key_id}',
  collaborators_url: '/collaborators{/collaborator}',
  teams_url: '/teams',
  hooks_url: '/hooks',
  issue_events_url: '/issues/events{/number}',
  events_url: '/events',
  assignees_url: '/assignees{/user}',
  branches_url: '/branches{/branch}',
  tags_url: '/tags',
  blobs_url: '/git/blobs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  git_refs_url: '/git/refs{/sha}',
  trees_url: '/git/trees{/sha}',
  statuses_url: '/statuses/{sha}',
  languages_url: '/languages',
  stargazers_url: '/stargazers',
  contributors_url: '/contributors',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  commits_url: '/commits{/sha}',
  git_commits_url: '/git/commits{/sha}',
  comments_url: '/comments{/number}',
  issue_comment_url: '/issues/comments{/number}',
  contents_url: '/contents/{+path}',
  compare_url: '/compare/{base}...{head}',
  merges_url: '/merges',
  archive_url: '/{archive_format}{/ref}',
  downloads_url: '/downloads',
  issues_url: '/issues{/number}',
  pulls_url: '/pulls{/number}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  labels_url: '/labels{/name}',
  releases_url: '/releases{/id}',
  deployments_url: '/deployments',
} as const;

export const repositoryUrl = (repo: Repo, urls: Urls): string => `${urls.api}/repos/${fullName(repo)}`;

export function repository(repo: Repo, urls: Urls) {
  const url = repositoryUrl(repo, urls);
  const html = `${urls.html}/${fullName(repo)}`;
  const host = new URL(urls.html).host;
  return {
    id: repo.id,
    node_id: nodeId('R', repo.id),
    name: repo.name,
    full_name: fullName(repo),
    private: repo.private,
    owner: simpleUser(repo.owner, urls),
    html_url: html,
    description: null,
    fork: repo.fork,
    url,
    ...Object.fromEntries(Object.entries(repositoryUrls).map(([key, path]) => [key, `${url}${path}`])),
    created_at: isoTime(repo.createdAt),
    updated_at: isoTime(repo.pushedAt),
    pushed_at: isoTime(repo.pushedAt),
    git_url: `git://${host}/${fullName(repo)}.git`,
    ssh_url: `git@${host}:${fullName(repo)}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: repo.refs.size,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: repo.archived,
    disabled: false,
    open_issues_count: 0,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repo.private ? 'private' : 'public',
    forks: 0,
    open_issues: 0,
    watchers: 0,
    default_branch: repo.defaultBranch,
    permissions: { admin: false, maintain: false, push: true, triage: true, pull: true },
  };
}

export const fullRepository = (repo: Repo, urls: Urls) => ({
  ...repository(repo, urls),
  network_count: 0,
  subscribers_count: 0,
});

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
